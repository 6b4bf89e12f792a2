"""A folder as a page: what is in it, with sizes and dates.

Step 1 of the trip. File names are text from strangers as much as paths are (whoever may
upload a file names it), so they are escaped for HTML and for the URL, each by its rules.

In Nginx: ngx_http_autoindex_module.c; in Python: http.server's list_directory.
"""

import os
import time
from collections.abc import Callable, Iterable
from html import escape
from typing import NamedTuple
from urllib.parse import quote

MAX_ENTRIES = 5000  # a page with more helps nobody, and is built while others wait

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 1rem/1.6 system-ui, sans-serif }}
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.25rem; overflow-wrap: anywhere }}
table {{ width: 100%; border-collapse: collapse }}
th {{ text-align: left; font-weight: normal; opacity: .7 }}
td, th {{ padding: .15rem .5rem; border-bottom: 1px solid #8884 }}
td:first-child {{ overflow-wrap: anywhere }}
.size, .time {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }}
</style>
</head>
<body>
<h1>{title}</h1>
<table>
<tr><th>name</th><th class="size">size</th><th class="time">changed (UTC)</th></tr>
{rows}
</table>
{note}</body>
</html>
"""

ROW = (
    '<tr><td><a href="{href}">{name}</a></td>'
    '<td class="size">{size}</td><td class="time">{changed}</td></tr>'
)


class Entry(NamedTuple):
    name: str
    is_folder: bool
    size: int
    changed: float


def listing_page(
    title: str,
    folder: str,
    inside: Callable[[str], str | None],
    has_parent: bool,
    dot_files: bool = False,
) -> bytes:
    """The page for `folder`; `inside` says of a path whether it would be served."""
    found = _entries(folder, inside, dot_files)
    entries = sorted(found, key=lambda entry: (not entry.is_folder, entry.name))
    rows = [_row(entry) for entry in entries[:MAX_ENTRIES]]
    if has_parent:
        rows.insert(0, ROW.format(href="../", name="../", size="", changed=""))
    left_out = len(entries) - MAX_ENTRIES
    note = f"<p>and {left_out} more</p>\n" if left_out > 0 else ""
    page = PAGE.format(title=escape(title), rows="\n".join(rows), note=note)
    # A name that is not UTF-8 shows as "?"; its link still has the right bytes.
    return page.encode("utf-8", "replace")


def _entries(folder: str, inside: Callable[[str], str | None], dot_files: bool) -> Iterable[Entry]:
    """What a click would find: no dot files unless asked, no links that lead out or to nothing."""
    with os.scandir(folder) as found:
        for entry in found:
            if "\\" in entry.name or (entry.name.startswith(".") and not dot_files):
                continue
            if entry.is_symlink() and inside(entry.path) is None:
                continue
            try:
                status = entry.stat()
            except OSError:  # gone since, a link in a circle, or not ours to look at
                continue
            if entry.is_dir() or entry.is_file():
                yield Entry(entry.name, entry.is_dir(), status.st_size, status.st_mtime)


def _row(entry: Entry) -> str:
    slash = "/" if entry.is_folder else ""
    return ROW.format(
        # "./" so that a name with a colon is not taken for a scheme.
        href="./" + quote(os.fsencode(entry.name)) + slash,
        name=escape(entry.name) + slash,
        size="" if entry.is_folder else human_size(entry.size),
        changed=time.strftime("%Y-%m-%d %H:%M", time.gmtime(entry.changed)),
    )


def human_size(size: float) -> str:
    """1536 -> "1.5 KiB"."""
    if size < 1024:
        return f"{size:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024:
            return f"{size:.1f} {unit}"
    return f"{size / 1024:.1f} TiB"
