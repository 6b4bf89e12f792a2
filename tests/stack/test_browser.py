"""A real browser: it opens the site, reads the first chapter, votes, sees the result.

Screenshots are left in var/screenshots, to be looked at.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes import ROOT, Process

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SCREENSHOTS = ROOT / "var" / "screenshots"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    missing = "no Chromium: install it (Debian, Ubuntu: apt install chromium) or set CHROMIUM"
    if os.environ.get("GLASSTACK_REQUIRE_ALL") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        color_scheme="dark" if request.param == "dark" else "light",
        viewport={"width": 390, "height": 844}
        if request.param == "phone"
        else {"width": 1100, "height": 800},
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda failed: problems.append(failed.url))
    page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status > 399 else 0)
    page.name = request.param  # type: ignore[attr-defined]
    yield page
    context.close()
    assert not problems


def look(page: Page, what: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = page.name  # type: ignore[attr-defined]
    page.screenshot(path=SCREENSHOTS / f"{what}-{name}.png", full_page=True)
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"{what} is {width} pixels too wide"


def test_reading_and_voting(site: Process, page: Page) -> None:
    page.goto(site.url)
    look(page, "home")
    page.get_by_role("link", name="The round trip").click()
    assert page.get_by_role("heading", level=1).inner_text() == "The round trip"
    assert page.locator("svg.trip").is_visible()
    look(page, "chapter")
    page.locator("svg.trip").get_by_label("step 6").click()
    assert page.url.endswith("#step-6")

    page.get_by_role("link", name="Polls", exact=True).click()
    look(page, "polls")
    page.get_by_role("link", name="Tabs or spaces?").click()
    page.get_by_label("Spaces").check()
    look(page, "detail")
    page.get_by_role("button", name="Vote").click()
    page.wait_for_url("**/results/")
    assert "1 vote so far" in page.locator("caption").inner_text()
    assert page.get_by_role("row", name="Spaces").locator(".votes").inner_text() == "1"
    look(page, "results")


def test_following_a_step_to_its_code(site: Process, page: Page) -> None:
    page.goto(f"{site.url}/chapters/round-trip/")
    link = page.locator("article a[href^='/source/'][href*='#L']").first
    name = link.inner_text()
    link.click()
    line = page.url.rpartition("#")[2]
    assert name.rpartition(".")[2] in page.locator(f"#{line}").locator("xpath=..").inner_text()
    look(page, "source")
