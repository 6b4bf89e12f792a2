"""Applications of other frameworks on `python -m wsgi`, unchanged and over sockets."""

import html
import http.client
import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from tests.processes import Process, free_port, python

pytestmark = pytest.mark.timeout(90)

DJANGO = """
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "django.sqlite3"}},
    INSTALLED_APPS=[f"django.contrib.{name}" for name in (
        "admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]},
    }],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    STATIC_URL="/static/",
)
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

call_command("migrate", verbosity=0)
User.objects.filter(username="ada").exists() or User.objects.create_superuser("ada", "", "lovelace")

@csrf_exempt
def echo(request):
    return JsonResponse({
        "name": request.POST["name"],
        "length": request.META.get("CONTENT_LENGTH"),
        "coding": request.META.get("HTTP_TRANSFER_ENCODING"),
    })

urlpatterns = [
    path("admin/", admin.site.urls),
    path("echo", echo),
    path("file", lambda request: FileResponse(open(__file__, "rb"))),
    path("stream", lambda request: StreamingHttpResponse(f"{n} " for n in range(3))),
    path("secure", lambda request: JsonResponse([request.build_absolute_uri()], safe=False)),
]
application = get_wsgi_application()
"""

FLASK = """
from flask import Flask, jsonify, request, send_file, session
app = Flask(__name__)
app.secret_key = "x"

@app.post("/echo")
def echo():
    environ = request.environ
    return jsonify(
        name=request.form["name"],
        length=environ.get("CONTENT_LENGTH"),
        coding=environ.get("HTTP_TRANSFER_ENCODING"),
    )

@app.route("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])

@app.route("/file")
def file():
    return send_file(__file__)

@app.route("/stream")
def stream():
    return (f"{n} " for n in range(3)), 200, {"Content-Type": "text/plain"}

@app.post("/upload")
def upload():
    return request.files["file"].read()[::-1]
"""

BOTTLE = """
from bottle import Bottle, request, static_file
app = Bottle()

@app.post("/echo")
def echo():
    environ = request.environ
    return {
        "name": request.forms.name,
        "length": environ.get("CONTENT_LENGTH"),
        "coding": environ.get("HTTP_TRANSFER_ENCODING"),
    }

@app.route("/file")
def file():
    return static_file("bottle_app.py", root=".")

@app.route("/stream")
def stream():
    for number in range(3):
        yield f"{number} "
"""

FALCON = """
import falcon

class Echo:
    def on_post(self, request, response):
        response.media = {
            "name": request.get_media()["name"],
            "length": request.env.get("CONTENT_LENGTH"),
            "coding": request.env.get("HTTP_TRANSFER_ENCODING"),
        }

class File:
    def on_get(self, request, response):
        response.content_type = "text/plain"
        response.stream = open(__file__, "rb")  # by way of wsgi.file_wrapper

class Stream:
    def on_get(self, request, response):
        response.content_type = "text/plain"
        response.stream = (b"%d " % number for number in range(3))

app = falcon.App()
app.add_route("/echo", Echo())
app.add_route("/file", File())
app.add_route("/stream", Stream())
"""

SOURCES = {"django": DJANGO, "flask": FLASK, "bottle": BOTTLE, "falcon": FALCON}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("applications")
    for name, source in SOURCES.items():
        (folder / f"{name}_app.py").write_text(source)
    return folder


@pytest.fixture(scope="module", params=SOURCES)
def served(request: pytest.FixtureRequest, folder: Path) -> Iterator[Process]:
    """Each of the four. They have the same addresses, and answer them alike."""
    with serve(f"{request.param}_app", folder) as server:
        yield server


def serve(application: str, folder: Path, *options: str) -> Process:
    port = free_port()
    arguments = ["-m", "wsgi", application, "--bind", f"127.0.0.1:{port}", *options]
    return python(*arguments, port=port, cwd=folder)


FORM = "application/x-www-form-urlencoded"


def test_a_form_arrives_and_json_comes_back(served: Process) -> None:
    status, text = served.get("/echo", b"name=Ad%C3%A4", **{"Content-Type": FORM})
    assert status == 200
    assert json.loads(text) == {"name": "Adä", "length": "13", "coding": None}


def test_a_chunked_form_arrives_with_its_length_and_without_its_coding(served: Process) -> None:
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    for _ in range(2):  # and the connection goes on
        client.request("POST", "/echo", iter([b"name", b"=Ada"]), {"Content-Type": FORM})
        answer = json.loads(client.getresponse().read())
        assert answer == {"name": "Ada", "length": "8", "coding": None}
    client.close()


def test_a_file_is_sent_whole(served: Process) -> None:
    status, text = served.get("/file")
    assert status == 200
    assert text in SOURCES.values()


def test_a_stream_is_sent_in_its_parts(served: Process) -> None:
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    client.request("GET", "/stream")
    response = client.getresponse()
    assert response.read() == b"0 1 2 "
    assert response.getheader("Transfer-Encoding") == "chunked"
    client.close()


def test_what_is_not_there_is_a_404_of_the_framework(served: Process) -> None:
    assert served.get("/nothing")[0] == 404


def test_head_has_the_fields_of_get_and_no_body(served: Process) -> None:
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    for _ in range(2):
        client.request("HEAD", "/nothing")
        response = client.getresponse()
        assert (response.status, response.read()) == (404, b"")
    client.close()


def test_flask_keeps_a_session_and_takes_a_file(folder: Path) -> None:
    with serve("flask_app:app", folder, "--threads", "2") as server:
        browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        counts = [browser.open(f"{server.url}/count", timeout=20).read() for _ in range(3)]
        assert counts == [b"1", b"2", b"3"]
        data = (
            b"--b\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nabc\r\n--b--\r\n"
        )
        answer = server.get("/upload", data, **{"Content-Type": "multipart/form-data; boundary=b"})
        assert answer == (200, "cba")


def test_djangos_admin_has_its_login_page_its_static_files_and_lets_one_in(folder: Path) -> None:
    static = Path(django.__file__).parent / "contrib/admin/static"
    with serve(
        "django_app", folder, "--threads", "4", "--static", f"/static/={static}"
    ) as server:  # fmt: skip
        browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

        def get(path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
            """Where one is in the end, and what stands there."""
            data = urllib.parse.urlencode(form).encode() if form else None
            with browser.open(server.url + path, data, timeout=20) as response:
                return response.url.removeprefix(server.url), response.read().decode()

        where, page = get("/admin/")
        assert where == "/admin/login/?next=/admin/"
        assert "Django administration" in page
        files = [
            html.unescape(path) for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        ]
        assert len(files) > 3
        for path in files:
            assert get(path)[1] == (static / path.removeprefix("/static/")).read_text()

        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        form = {"username": "ada", "password": "lovelace", "csrfmiddlewaretoken": token[1]}
        where, page = get(where, {**form, "next": "/admin/"})
        assert where == "/admin/"
        assert "Site administration" in page


def test_django_builds_urls_of_the_scheme_that_a_trusted_proxy_tells(folder: Path) -> None:
    with serve("django_app", folder) as server:
        _, plain = server.get("/secure")
        _, behind_proxy = server.get("/secure", **{"X-Forwarded-Proto": "https"})
        assert json.loads(plain) == [f"{server.url}/secure"]
        assert json.loads(behind_proxy) == [f"{server.url}/secure".replace("http:", "https:")]
