"""Whole trips: the site over sockets, under our gateway and others', on both databases."""

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lessons.book.chapters import all_chapters, parts
from tests.processes import ROOT, Process, free_port, python
from tests.stack.browsing import Client

pytestmark = pytest.mark.timeout(120)


def run_site(var: Path, database: str, **env: str) -> Process:
    port = free_port()
    command = ("-m", "lessons", "serve", "--port", str(port), "--database", database)
    return python(*command, port=port, cwd=ROOT, env={"GLASSTACK_VAR": str(var), **env})


DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="module", params=DATABASES)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    database = "sqlite"
    if request.param == "postgres":
        database = request.getfixturevalue("postgres_url")
    with run_site(tmp_path_factory.mktemp("var"), database) as process:
        yield process


def first_poll(client: Client) -> str:
    _, page = client.get("/polls/")
    found = re.search(r'href="(/polls/\d+/)"', page)
    assert found is not None, page
    return found[1]


def votes(page: str) -> list[int]:
    return [int(count) for count in re.findall(r'class="votes">(\d+)<', page)]


def test_the_home_page_lists_the_chapters(served: Process) -> None:
    status, page = Client(served.url).get("/")
    assert status == 200
    for chapter in all_chapters():
        assert chapter.title in page
        assert f"/chapters/{chapter.slug}/" in page
    for part in parts():
        told = f"<h2>{part.title}</h2>" if part.title else "Before you set out"
        assert told in page
    assert page.count("still being written") == sum(not part.chapters for part in parts())


def test_every_chapter_and_every_link_of_it_is_there(site: Process) -> None:
    client = Client(site.url)
    followed: set[str] = set()
    for chapter in all_chapters():
        status, page = client.get(f"/chapters/{chapter.slug}/")
        assert status == 200
        assert "<svg" in page
        links = set(re.findall(r'href="(/[^"#]*)', page))
        assert len(links) > 10
        for link in links - followed:
            assert client.get(link)[0] == 200, link
        followed |= links


def test_a_vote_is_counted(served: Process) -> None:
    client = Client(served.url)
    detail = first_poll(client)
    before = votes(client.get(detail + "results/")[1])
    status, page = client.vote(detail, 1)
    assert status == 200
    before[1] += 1
    assert votes(page) == before


def test_votes_at_the_same_time_are_all_counted(served: Process) -> None:
    detail = first_poll(Client(served.url))
    before = sum(votes(Client(served.url).get(detail + "results/")[1]))

    def vote(_: int) -> int:
        return Client(served.url).vote(detail, 0)[0]

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(vote, range(24)))
    assert statuses == [200] * 24
    assert sum(votes(Client(served.url).get(detail + "results/")[1])) == before + 24


def test_a_vote_without_a_token_is_refused_and_not_counted(served: Process) -> None:
    client = Client(served.url)
    detail = first_poll(client)
    before = votes(client.get(detail + "results/")[1])
    assert client.post(detail + "vote/", {"choice": "1"})[0] == 403
    assert votes(client.get(detail + "results/")[1]) == before


def test_a_vote_for_nothing_shows_the_form_again(site: Process) -> None:
    client = Client(site.url)
    detail = first_poll(client)
    _, page = client.get(detail)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    for choice in ("", "999999", "x", "1" * 400):
        fields = {"choice": choice, "csrfmiddlewaretoken": token[1]}
        status, page = client.post(detail + "vote/", fields)
        assert status == 400
        assert "Please choose" in page


def test_a_vote_is_sent_by_post_only(site: Process) -> None:
    client = Client(site.url)
    assert client.get(first_poll(client) + "vote/")[0] == 405


@pytest.mark.parametrize(
    "path",
    ["/polls/999999/", "/polls/999999999999999999999999/", "/polls/abc/", "/nowhere",
     "/chapters/none/", "/source/none.py", "/source/../README.md", "/source/lessons/../../x.py",
     "/source/%2e%2e/README.md", "/polls/%00/"],
)  # fmt: skip
def test_what_is_not_there_is_404(site: Process, path: str) -> None:
    assert Client(site.url).get(path)[0] in (400, 404)


def test_a_path_without_its_slash_is_redirected(site: Process) -> None:
    status, page = Client(site.url).get("/polls")
    assert status == 200
    assert "Polls" in page


def test_static_files_do_not_wake_the_application(site: Process) -> None:
    status, text = Client(site.url).get("/static/reader/style.css")
    assert status == 200
    assert "color-scheme" in text


def test_a_view_that_raises_shows_the_debug_page_and_the_server_lives(site: Process) -> None:
    client = Client(site.url)
    status, page = client.get("/mistake/")
    assert status == 500
    assert "IndexError" in page
    assert "choices[len(choices)]" in page
    assert client.get("/")[0] == 200


def test_without_debug_an_error_tells_nothing(var: Path) -> None:
    with run_site(var, "sqlite", DEBUG="0", HOSTS="127.0.0.1") as process:
        client = Client(process.url)
        status, page = client.get("/mistake/")
        assert status == 500
        assert "IndexError" not in page
        assert "choices" not in page
        status, page = client.get("/nowhere/")
        assert status == 404
        assert "urlpatterns" not in page
        assert client.get("/polls/")[0] == 200
        assert "IndexError" in process.output, "the log must have it"


OTHER_SERVERS = {"gunicorn": ("--threads", "4", "--bind"), "waitress": ("--listen",)}


@pytest.mark.parametrize("name", OTHER_SERVERS)
def test_the_site_runs_under_another_server(var: Path, name: str) -> None:
    """Step 2 in the other direction: our application, another's server."""
    with run_site(var, "sqlite"):
        pass  # makes the tables and the questions
    port = free_port()
    options = (*OTHER_SERVERS[name], f"127.0.0.1:{port}", "lessons.wsgi:application")
    env = {"GLASSTACK_VAR": str(var)}
    with Process(sys.executable, "-m", name, *options, port=port, env=env) as server:
        client = Client(server.url)
        assert client.get("/")[0] == 200
        status, page = client.vote(first_poll(client), 0)
        assert status == 200
        assert sum(votes(page)) == 1
        assert client.get("/mistake/")[0] == 500
        assert client.get("/polls/")[0] == 200


def test_a_second_start_keeps_what_is_there(var: Path) -> None:
    with run_site(var, "sqlite") as process:
        client = Client(process.url)
        client.vote(first_poll(client), 0)
        assert "Made the tables" in process.output
    with run_site(var, "sqlite") as process:
        client = Client(process.url)
        assert sum(votes(client.get(first_poll(client) + "results/")[1])) == 1
        assert "Made" not in process.output
