from typing import Any

import pytest

from miniframework.http import HttpResponse
from miniframework.test import Client
from miniframework.urls import path
from miniframework.views.decorators.clickjacking import (
    xframe_options_exempt,
    xframe_options_sameorigin,
)

BOTH = [
    "miniframework.middleware.security.SecurityMiddleware",
    "miniframework.middleware.clickjacking.XFrameOptionsMiddleware",
]


def ok(request: Any) -> HttpResponse:
    return HttpResponse("hello")


PATTERNS = [
    path("", ok),
    path("health/", ok),
    path("own/", lambda request: HttpResponse(headers={"Referrer-Policy": "no-referrer"})),
    path("exempt/", xframe_options_exempt(ok)),
    path("same/", xframe_options_sameorigin(ok)),
]


@pytest.mark.parametrize(
    ("options", "secure", "name", "value"),
    [
        ({}, False, "X-Content-Type-Options", "nosniff"),
        ({"SECURE_CONTENT_TYPE_NOSNIFF": False}, False, "X-Content-Type-Options", None),
        ({}, False, "Referrer-Policy", "same-origin"),
        ({"SECURE_REFERRER_POLICY": ["a", "b"]}, False, "Referrer-Policy", "a,b"),
        ({"SECURE_REFERRER_POLICY": None}, False, "Referrer-Policy", None),
        ({}, False, "Cross-Origin-Opener-Policy", "same-origin"),
        ({"SECURE_HSTS_SECONDS": 60}, True, "Strict-Transport-Security", "max-age=60"),
        ({"SECURE_HSTS_SECONDS": 60}, False, "Strict-Transport-Security", None),
        (
            {
                "SECURE_HSTS_SECONDS": 60,
                "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
                "SECURE_HSTS_PRELOAD": True,
            },
            True,
            "Strict-Transport-Security",
            "max-age=60; includeSubDomains; preload",
        ),
        ({}, False, "X-Frame-Options", "DENY"),
        ({"X_FRAME_OPTIONS": "sameorigin"}, False, "X-Frame-Options", "SAMEORIGIN"),
    ],
)
def test_a_browser_is_told_to_be_careful(
    project: Any, options: dict[str, Any], secure: bool, name: str, value: str | None
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH, **options)
    assert Client().get("/", secure=secure).get(name) == value


def test_a_view_may_say_otherwise(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    assert Client().get("/own/")["Referrer-Policy"] == "no-referrer"
    assert "X-Frame-Options" not in Client().get("/exempt/")
    assert Client().get("/same/")["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("url", "secure", "location"),
    [
        ("/?a=1", False, "https://testserver/?a=1"),
        ("/", True, None),
        ("/health/", False, None),
    ],
)
def test_plain_http_is_sent_to_https(
    project: Any, url: str, secure: bool, location: str | None
) -> None:
    project(
        PATTERNS, MIDDLEWARE=BOTH, SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=["^health/$"]
    )
    assert Client().get(url, secure=secure).get("Location") == location
