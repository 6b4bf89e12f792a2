"""What a reader of HTML finds in a page with hostile values: seen.py [off]; off is autoescape."""

import sys
from html.parser import HTMLParser

from templating import Engine

PAGES = [
    ("text", "<p>{{ value }}</p>", "<script>alert(1)</script>"),
    ("attribute in quotes", '<p title="{{ value }}">', '" onclick="alert(1)'),
    ("attribute without", "<p title={{ value }}>", "x onclick=alert(1)"),
    ("address", '<a href="{{ value }}">', "javascript:alert(1)"),
    ("script", '<script>q = "{{ value }}"</script>', '</script><img onerror="alert(1)">'),
    ("string in it", '<script>q = "{{ value }}"; r = 1</script>', "\\"),
]  # fmt: skip


class Seen(HTMLParser):
    """Writes down what begins, and what it finds inside of a script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ".join([tag, *(f"{name}={value!r}" for name, value in attrs)]))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.found.append(f"code {data}")


engine = Engine(autoescape="off" not in sys.argv)
for place, page, value in PAGES:
    shown = engine.from_string(page).render({"value": value})
    print(f"{place:20}", "; ".join(f"<{each}>" for each in Seen(shown).found))
