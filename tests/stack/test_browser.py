"""A real browser: it opens the site, reads the first chapter, votes, sees the result."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright

from lessons.book.chapters import Chapter, all_chapters
from tests.processes import ROOT, Process
from tests.stack.browser import ARGUMENTS, LOOKS, Visitor, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=LOOKS)
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visitor]:
    visitor = Visitor(browser, request.param)
    yield visitor
    visitor.close()


def test_reading_and_voting(site: Process, visitor: Visitor) -> None:
    page = visitor.page
    page.goto(site.url)
    visitor.look("home")
    page.get_by_role("link", name="The round trip").click()
    assert page.get_by_role("heading", level=1).inner_text() == "The round trip"
    assert page.locator("svg.trip").is_visible()
    visitor.look("chapter", whole=False)
    page.locator("svg.trip").get_by_label("step 6").click()
    assert page.url.endswith("#step-6")

    page.get_by_role("link", name="Polls", exact=True).click()
    visitor.look("polls")
    page.get_by_role("link", name="Tabs or spaces?").click()
    page.get_by_label("Spaces").check()
    visitor.look("detail")
    page.get_by_role("button", name="Vote").click()
    page.wait_for_url("**/results/")
    votes = list(LOOKS).index(visitor.name) + 1  # one in each look before this one
    assert f"{votes} vote" in page.locator("caption").inner_text()
    assert page.get_by_role("row", name="Spaces").locator(".votes").inner_text() == str(votes)
    visitor.look("results")


def test_following_a_step_to_its_code(site: Process, visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{site.url}/chapters/round-trip/")
    link = page.get_by_role("link", name="parse_head")
    name = link.inner_text()
    link.click()
    line = page.url.rpartition("#")[2]
    assert name.rpartition(".")[2] in page.locator(f"#{line}").locator("xpath=..").inner_text()
    visitor.look("source", whole=False)


def test_searching_as_one_types(site: Process, visitor: Visitor) -> None:
    page = visitor.page
    page.goto(site.url)
    page.keyboard.press("/")
    page.keyboard.type("parse_head")
    first = page.locator("#results a").first
    expect(first).to_contain_text("parse_head")
    visitor.look("search")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/source/httpserver/parser.py#L*")
    page.goto(f"{site.url}/search/?q=environ")
    assert page.locator("main .card").count() > 2


@pytest.mark.parametrize("visitor", ["light"], indirect=True)
def test_keys_turn_the_chapters(site: Process, visitor: Visitor) -> None:
    page = visitor.page
    chapters = all_chapters()
    page.goto(f"{site.url}/chapters/{chapters[0].slug}/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/chapters/{chapters[1].slug}/")
    page.keyboard.press("p")
    page.wait_for_url(f"**/chapters/{chapters[0].slug}/")
    page.keyboard.press("h")
    page.wait_for_url(f"{site.url}/")


def shared_out(visitor: Visitor) -> list[Chapter]:
    """The chapters that are looked at in this look: each takes seconds, and they are many."""
    return all_chapters()[list(LOOKS).index(visitor.name) :: len(LOOKS)]


def test_following_a_listing_to_its_source(site: Process, visitor: Visitor) -> None:
    page = visitor.page
    for chapter in shared_out(visitor):
        if not chapter.step:
            continue  # it is of the whole trip
        page.goto(f"{site.url}/chapters/{chapter.slug}/")
        visitor.look(f"chapter-{chapter.number}", whole=False)
        lit = page.locator(".trip-nav a.lit")
        assert lit.get_attribute("aria-label") == f"step {chapter.step}"
        listing = "figure.listing figcaption a[href*='/source/']:not([href*='/lessons/'])"
        page.locator(listing).first.click()
        page.wait_for_url("**/source/**.py#L*")
        line = page.url.rpartition("#")[2]
        assert page.locator(f"#{line}").count() == 1


def test_nothing_serious_for_those_who_cannot_see(site: Process, visitor: Visitor) -> None:
    """axe-core looks at each kind of page in each look, and at each chapter in one of them.

    It looks at the listings and colours of one chapter in the light and in the dark: to do so
    takes it seconds, the other chapters have the same, and a phone has those of the light.
    """
    chapters = [f"/chapters/{chapter.slug}/" for chapter in shared_out(visitor)]
    colours_known = chapters if visitor.name == "phone" else chapters[1:]
    pages = ["/", "/polls/", "/polls/1/", "/polls/1/results/", "/glossary/", "/search/?q=head",
             "/source/", "/source/wsgi/body.py",
             *chapters]  # fmt: skip
    for path in pages:
        visitor.page.goto(site.url + path)
        context = None
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if path in colours_known:
            context = {"exclude": [["pre"]]}
            options["rules"] = {"color-contrast": {"enabled": False}}
        results = Axe().run(visitor.page, context, options)
        serious = [
            f"{path}: {found['id']}: {found['nodes'][0]['html'][:200]}"
            for found in results.response["violations"]
            if found["impact"] in ("serious", "critical")
        ]
        assert not serious, "\n".join(serious)


def test_progress_moves_on_an_open_page(site: Process, browser: Browser, tmp_path) -> None:
    """A learner solves an exercise in a workspace; the contents page that is open shows it."""
    import os
    import subprocess
    import sys

    env = {**os.environ, "GLASSTACK_VAR": site.env["GLASSTACK_VAR"]}
    workspace = tmp_path / "workspace"

    def lessons(*arguments: str) -> None:
        command = [sys.executable, "-m", "lessons", *arguments, "--workspace", str(workspace)]
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr

    visitor = Visitor(browser, "light")
    page = visitor.page
    page.goto(site.url)
    count = page.locator('[data-chapter="reading-a-request"] .count')
    expect(count).to_have_text("0 of 4")
    lessons("start", "reading-a-request")
    expect(count).to_have_text("0 of 4")
    original = (ROOT / "httpserver" / "parser.py").read_text()
    (workspace / "httpserver" / "parser.py").write_text(original)  # the learner has solved it
    lessons("check", "parse-head")
    expect(count).to_have_text("1 of 4")
    visitor.look("progress")
    visitor.close()
