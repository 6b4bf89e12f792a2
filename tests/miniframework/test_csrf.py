"""Forms from elsewhere: a table of attacks, and what an honest browser sends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework.http import HttpResponse
from miniframework.middleware.csrf import (
    SECRET_LENGTH,
    TOKEN_LENGTH,
    get_token,
    mask_secret,
    rotate_token,
    same_secret,
    token_problem,
    unmask_token,
)
from miniframework.test import Client
from miniframework.urls import path
from miniframework.utils.crypto import RANDOM_STRING_CHARS
from miniframework.views.decorators.csrf import csrf_exempt, csrf_protect, ensure_csrf_cookie

CSRF = ["miniframework.middleware.csrf.CsrfViewMiddleware"]
SECRETS = st.text(RANDOM_STRING_CHARS, min_size=SECRET_LENGTH, max_size=SECRET_LENGTH)
SECRET = "s" * SECRET_LENGTH
OTHER = "t" * SECRET_LENGTH
FORM = "application/x-www-form-urlencoded"


def form(request: Any) -> HttpResponse:
    return HttpResponse(get_token(request))


def plain(request: Any) -> HttpResponse:
    return HttpResponse("done")


def login(request: Any) -> HttpResponse:
    rotate_token(request)
    return HttpResponse("in")


PATTERNS = [
    path("form/", form),
    path("plain/", plain),
    path("login/", login),
    path("exempt/", csrf_exempt(plain)),
    path("protected/", csrf_protect(plain)),
    path("cookie/", ensure_csrf_cookie(plain)),
]


@given(SECRETS)
def test_a_mask_hides_the_secret_and_comes_off(secret: str) -> None:
    token = mask_secret(secret)
    assert len(token) == TOKEN_LENGTH
    assert token_problem(token) == ""
    assert unmask_token(token) == secret
    assert token != mask_secret(secret)
    assert same_secret(token, secret)


def post(url: str = "/plain/", **extra: Any) -> Any:
    """A POST with a cookie and a token; each can be changed or left out (None)."""
    cookie = extra.pop("cookie", SECRET)
    token = extra.pop("token", SECRET)
    client = Client(enforce_csrf_checks=True)
    if cookie is not None:
        client.cookies["csrftoken"] = cookie
    data = {} if token is None else {"csrfmiddlewaretoken": token}
    return client.post(url, data, FORM, **extra)


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        ({"cookie": None}, "CSRF cookie not set."),
        ({"cookie": "short"}, "CSRF cookie not set."),
        ({"cookie": "!" * SECRET_LENGTH}, "CSRF cookie not set."),
        ({"token": None}, "CSRF token missing."),
        ({"token": ""}, "CSRF token missing."),
        ({"token": OTHER}, "CSRF token from POST is incorrect."),
        ({"token": mask_secret(OTHER)}, "CSRF token from POST is incorrect."),
        ({"token": "x"}, "CSRF token from POST has incorrect length."),
        ({"token": "é" * SECRET_LENGTH}, "CSRF token from POST has invalid characters."),
        ({"token": None, "HTTP_X_CSRFTOKEN": OTHER}, "HTTP header is incorrect."),
        ({"HTTP_ORIGIN": "http://evil.example"}, "Origin checking failed"),
        ({"HTTP_ORIGIN": "https://testserver"}, "Origin checking failed"),
        ({"HTTP_ORIGIN": "http://testserver.evil.example"}, "Origin checking failed"),
        ({"HTTP_ORIGIN": "null"}, "Origin checking failed"),
        ({"HTTP_ORIGIN": "http://["}, "Origin checking failed"),
        ({"secure": True}, "there is no Referer"),
        ({"secure": True, "HTTP_REFERER": "http://testserver/"}, "Referer is insecure"),
        ({"secure": True, "HTTP_REFERER": "https://evil.example/"}, "does not match"),
        ({"secure": True, "HTTP_REFERER": "https://testserver@evil.example/"}, "does not match"),
        ({"secure": True, "HTTP_REFERER": "https:///"}, "malformed"),
        ({"secure": True, "HTTP_REFERER": "https://["}, "malformed"),
        ({"secure": True, "HTTP_REFERER": ""}, "malformed"),
        ({"url": "/protected/", "token": OTHER}, "incorrect"),
    ],
)
def test_an_attack_is_refused_with_the_reason(
    project: Any, attack: dict[str, Any], reason: str
) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF, DEBUG=True)
    response = post(**attack)
    assert response.status_code == 403
    assert reason in response.text.replace("&#x27;", "'")


@pytest.mark.parametrize(
    "honest",
    [
        {},
        {"token": mask_secret(SECRET)},
        {"cookie": mask_secret(SECRET)},
        {"token": None, "HTTP_X_CSRFTOKEN": SECRET},
        {"HTTP_ORIGIN": "http://testserver"},
        {"HTTP_ORIGIN": "https://trusted.example"},
        {"HTTP_ORIGIN": "https://sub.wild.example"},
        {"secure": True, "HTTP_REFERER": "https://testserver/form/"},
        {"secure": True, "HTTP_REFERER": "https://trusted.example/x"},
        {"secure": True, "HTTP_ORIGIN": "https://testserver"},
        {"url": "/exempt/", "token": None, "cookie": None},
        {"url": "/protected/"},
    ],
)
def test_an_honest_form_is_taken(project: Any, honest: dict[str, Any]) -> None:
    trusted = ["https://trusted.example", "https://*.wild.example"]
    project(PATTERNS, MIDDLEWARE=CSRF, CSRF_TRUSTED_ORIGINS=trusted)
    assert post(**honest).content == b"done"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_every_method_that_changes_something_is_checked(project: Any, method: str) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF)
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = SECRET
    assert getattr(client, method)("/plain/").status_code == 403
    assert getattr(client, method)("/plain/", HTTP_X_CSRFTOKEN=SECRET).status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "options", "trace"])
def test_a_safe_method_is_not_checked(project: Any, method: str) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF)
    assert getattr(Client(enforce_csrf_checks=True), method)("/plain/").status_code == 200


def test_the_cookie_comes_with_the_first_form_and_stays(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF)
    client = Client(enforce_csrf_checks=True)
    response = client.get("/form/")
    secret = client.cookies["csrftoken"].value
    assert same_secret(response.text, secret)
    assert response["Vary"] == "Cookie"
    assert response.cookies["csrftoken"]["samesite"] == "Lax"
    again = client.get("/form/")
    assert client.cookies["csrftoken"].value == secret
    assert again.text != response.text
    sent = client.post("/plain/", {"csrfmiddlewaretoken": response.text})
    assert sent.content == b"done"


def test_a_page_without_a_form_sets_no_cookie_unless_told(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF)
    assert "csrftoken" not in Client().get("/plain/").cookies
    assert "csrftoken" in Client().get("/cookie/").cookies


def test_a_login_changes_the_secret(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF)
    client = Client()
    client.cookies["csrftoken"] = SECRET
    client.get("/login/")
    assert client.cookies["csrftoken"].value != SECRET


def test_the_reason_is_told_in_debug_only(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=CSRF)
    assert "CSRF token missing" not in post(token=None).text
