"""A real browser for the tests: Chromium, driven by Playwright.

Screenshots are left in var/screenshots, to be looked at.
"""

import os
import shutil

import pytest
from playwright.sync_api import Browser, Page

from tests.processes import ROOT

SCREENSHOTS = ROOT / "var" / "screenshots"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1100, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1100, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


def chromium() -> str:
    """Where the browser is; without one the test is skipped, or fails where none may be missing."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    missing = "no Chromium: install it (Debian, Ubuntu: apt install chromium) or set CHROMIUM"
    if os.environ.get("GLASSTACK_REQUIRE_ALL") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


class Visitor:
    """One page in one look; what goes wrong in it is kept and fails the test at its end."""

    def __init__(self, browser: Browser, look: str) -> None:
        self.name = look
        self.context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.problems: list[str] = []
        page, problems = self.page, self.problems
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status > 399
                else None)  # fmt: skip

    def look(self, what: str, *, whole: bool = True) -> None:
        """Keep a screenshot; the page must not be wider than its window.

        Of a long page not the whole: that takes the browser seconds.
        """
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{what}-{self.name}.png", full_page=whole)
        script = "document.documentElement.scrollWidth - window.innerWidth"
        width = self.page.evaluate(script)
        assert width <= 0, f"{what} is {width} pixels too wide"

    def close(self) -> None:
        self.context.close()
        assert not self.problems, self.problems
