"""Class-based views: what as_view makes, and which method answers."""

from typing import Any

import pytest

from miniframework.conf import settings
from miniframework.http import HttpResponse
from miniframework.views import View
from miniframework.views.decorators.http import require_http_methods, require_POST, require_safe


@pytest.fixture(autouse=True)
def _settings() -> None:
    if not settings.configured:
        settings.configure()


class Asked:
    """As much of a request as these views look at."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.path = "/"
        self.META: dict[str, str] = {}


class Hello(View):
    """Says hello."""

    greeting = "hello"

    def get(self, request: Any, name: str = "world") -> HttpResponse:
        return HttpResponse(f"{self.greeting} {name}")


def call(view: Any, method: str, **kwargs: Any) -> HttpResponse:
    response: HttpResponse = view(Asked(method), **kwargs)
    return response


def test_the_method_of_the_request_chooses_the_method_of_the_view() -> None:
    assert call(Hello.as_view(), "GET", name="you").content == b"hello you"
    assert call(Hello.as_view(greeting="hi"), "GET").content == b"hi world"


def test_what_can_be_got_can_be_headed() -> None:
    assert call(Hello.as_view(), "HEAD").status_code == 200


def test_another_method_is_refused_with_the_list_of_them() -> None:
    response = call(Hello.as_view(), "POST")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert call(Hello.as_view(), "SETUP").status_code == 405


def test_options_answers_with_the_list() -> None:
    response = call(Hello.as_view(), "OPTIONS")
    assert (response.status_code, response.headers["Allow"]) == (200, "GET, HEAD, OPTIONS")


def test_each_request_has_an_instance_of_its_own() -> None:
    seen: list[View] = []

    class Keep(View):
        def get(self, request: Any) -> HttpResponse:
            seen.append(self)
            return HttpResponse()

    view = Keep.as_view()
    call(view, "GET")
    call(view, "GET")
    assert seen[0] is not seen[1]


def test_the_function_leads_back_to_the_class() -> None:
    view: Any = Hello.as_view(greeting="hi")
    assert (view.view_class, view.view_initkwargs) == (Hello, {"greeting": "hi"})
    assert view.__doc__ == "Says hello."


@pytest.mark.parametrize(
    ("initkwargs", "message"),
    [
        ({"get": 1}, "a method of HTTP"),
        ({"greting": "hi"}, r"no such attribute\. Did you mean 'greeting'\?"),
    ],
)
def test_as_view_refuses_what_the_class_does_not_have(initkwargs: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Hello.as_view(**initkwargs)


def test_a_setup_without_super_is_told() -> None:
    class Broken(View):
        def setup(self, request: Any, *args: Any, **kwargs: Any) -> None: ...

    with pytest.raises(AttributeError, match=r"super\(\)\.setup"):
        call(Broken.as_view(), "GET")


@pytest.mark.parametrize(
    ("decorator", "method", "status"),
    [
        (require_POST, "POST", 200),
        (require_POST, "GET", 405),
        (require_safe, "HEAD", 200),
        (require_http_methods(["PUT"]), "PUT", 200),
        (require_http_methods(["PUT"]), "GET", 405),
    ],
)
def test_a_decorator_lets_its_methods_through(decorator: Any, method: str, status: int) -> None:
    view = decorator(lambda request: HttpResponse("ok"))
    assert call(view, method).status_code == status
