"""The paper that all debug pages are printed on: HTML, style, tables.

Step 9 of the trip. Every value goes through `text`, which escapes it: an exception's
message may hold what a stranger has sent. Pages need no script and load nothing.
"""

from collections.abc import Iterable
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --soft: #f3f4f6;
  --line: #d0d7de; --dim: #59636e; --loud: #b3261e; --mark: #fff3c4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117;
  --soft: #161b22; --line: #30363d; --dim: #9198a1; --loud: #ff8a80; --mark: #4d3b00; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 1rem 0 .25rem; font-size: 1.5rem; line-height: 1.25; color: var(--loud);
  overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
pre, code, td, summary { font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: .875rem; }
pre { margin: 0; padding: .5rem; overflow-x: auto; background: var(--soft);
  border-radius: .4rem; }
.message { font-family: inherit; font-size: 1.05rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.dim, footer { color: var(--dim); }
.here { display: inline-block; min-width: 100%; background: var(--mark); font-weight: 600; }
details { margin: .35rem 0; padding: .5rem .75rem; border: 1px solid var(--line);
  border-radius: .4rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { width: 30%; font-weight: 500; }
ol li { margin: .2rem 0; overflow-wrap: anywhere; }
footer { margin: 3rem 0 1rem; font-size: .875rem; }
@media (max-width: 40rem) { th, td { display: block; width: 100%; }
  th { padding-bottom: 0; border: 0; } }
"""


def text(value: object) -> str:
    """Any value as text in HTML, lone surrogates shown rather than failing to encode."""
    return escape(str(value).encode("utf-8", "backslashreplace").decode("utf-8"))


def page(title: str, body: str, note: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body}\n<footer>{note}</footer>\n</body>\n</html>\n"
    )


DEBUG_NOTE = (
    "You see this page because <code>DEBUG = True</code> in the settings. With "
    "<code>False</code>, visitors get a plain error page instead."
)


def table(rows: Iterable[tuple[object, object]]) -> str:
    """Names and values; "none" where there are none."""
    cells = "".join(
        f"<tr><th scope=row>{text(name)}</th><td>{text(value)}</td></tr>\n" for name, value in rows
    )
    return f"<table>\n{cells}</table>" if cells else "<p class=dim>none</p>"
