"""A response that is a template and a context, and becomes text as late as it can.

Steps 7 and 8 of the trip. Until it is rendered, decorators and template middleware may
still change the template or the context; the handler then calls `render()`, and tells the
X-ray of it.

Django: https://docs.djangoproject.com/en/5.2/ref/template-response/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from miniframework.http import HttpRequest, HttpResponse
from miniframework.template import loader
from miniframework.template.registry import BackendTemplate


class ContentNotRenderedError(Exception):
    """The content was asked for before there was any."""


class SimpleTemplateResponse(HttpResponse):
    """Without a request, and so without context processors."""

    def __init__(
        self,
        template: Any,
        context: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        status: int | None = None,
        charset: str | None = None,
        using: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        # `template` is a name, a list of names or a template; it may be changed until the end.
        self.template_name = template
        self.context_data = context
        self.using = using
        self._request: HttpRequest | None = None
        self._post_render_callbacks: list[Callable[[HttpResponse], HttpResponse | None]] = []
        self._is_rendered = True  # while HttpResponse sets its empty content
        super().__init__(
            "", content_type=content_type, status=status or 200, charset=charset, headers=headers
        )
        self._is_rendered = False

    @property
    def is_rendered(self) -> bool:
        return self._is_rendered

    def resolve_template(self, template: Any) -> BackendTemplate:
        if isinstance(template, str):
            return loader.get_template(template, using=self.using)
        if isinstance(template, Sequence):
            return loader.select_template(template, using=self.using)
        found: BackendTemplate = template
        return found

    def resolve_context(self, context: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        return context

    @property
    def rendered_content(self) -> str:
        """The text as of now; `content` keeps it once `render()` was called."""
        template = self.resolve_template(self.template_name)
        return template.render(self.resolve_context(self.context_data), self._request)

    def add_post_render_callback(
        self, callback: Callable[[HttpResponse], HttpResponse | None]
    ) -> None:
        """Call this with the rendered response; what it returns, if anything, replaces it."""
        if self._is_rendered:
            callback(self)
        else:
            self._post_render_callbacks.append(callback)

    def render(self) -> HttpResponse:
        """Fill `content`, once, and return the response to go on with."""
        if self._is_rendered:
            return self
        self.content = self.rendered_content
        response: HttpResponse = self
        for callback in self._post_render_callbacks:
            response = callback(response) or response
        return response

    @property
    def content(self) -> bytes:
        self._check_rendered()
        return super().content

    @content.setter
    def content(self, value: Any) -> None:
        HttpResponse.content.fset(self, value)  # type: ignore[attr-defined]
        self._is_rendered = True

    def __iter__(self) -> Iterator[bytes]:
        self._check_rendered()
        return super().__iter__()

    def _check_rendered(self) -> None:
        if not self._is_rendered:
            raise ContentNotRenderedError(
                "This template response has no content yet: call render() first."
            )


class TemplateResponse(SimpleTemplateResponse):
    """With a request: the context processors see it."""

    def __init__(
        self,
        request: HttpRequest,
        template: Any,
        context: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        status: int | None = None,
        charset: str | None = None,
        using: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(template, context, content_type, status, charset, using, headers)
        self._request = request
