"""The two simplest views, and the halves that every generic view is joined from.

Step 5 of the trip. `ContextMixin` says what the template gets to see,
`TemplateResponseMixin` which template it is; a `TemplateResponse` is rendered only after
the template middleware (step 8) has had its say.

Django: https://docs.djangoproject.com/en/5.2/ref/class-based-views/base/
"""

from collections.abc import Mapping
from typing import Any

from miniframework.exceptions import ImproperlyConfigured
from miniframework.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseGone,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from miniframework.template.response import TemplateResponse
from miniframework.urls import reverse
from miniframework.views.base import View


class ContextMixin:
    extra_context: Mapping[str, Any] | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template sees; the view itself among it, as `view`."""
        return {"view": self, **(self.extra_context or {}), **kwargs}


class TemplateResponseMixin:
    template_name: str | None = None
    template_engine: str | None = None
    response_class: type[TemplateResponse] = TemplateResponse
    content_type: str | None = None
    request: HttpRequest

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> TemplateResponse:
        kwargs.setdefault("content_type", self.content_type)
        return self.response_class(
            self.request, self.get_template_names(), context, using=self.template_engine, **kwargs
        )

    def get_template_names(self) -> list[str]:
        if self.template_name is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} has no template: set `template_name`, or define "
                "get_template_names()."
            )
        return [self.template_name]


class TemplateView(TemplateResponseMixin, ContextMixin, View):
    """Show a template; the URL's keyword arguments are in its context."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**kwargs))


class RedirectView(View):
    """Send the client elsewhere: to `url` (with %(pk)s from the URL) or to `pattern_name`."""

    permanent = False
    url: str | None = None
    pattern_name: str | None = None
    query_string = False

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str | None:
        if self.url:
            url = str(self.url) % kwargs
        elif self.pattern_name:
            url = reverse(self.pattern_name, args=args, kwargs=kwargs)
        else:
            return None
        query = self.request.META.get("QUERY_STRING", "")
        return f"{url}?{query}" if query and self.query_string else url

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        url = self.get_redirect_url(*args, **kwargs)
        if not url:
            return HttpResponseGone()
        if self.permanent:
            return HttpResponsePermanentRedirect(url)
        return HttpResponseRedirect(url)

    head = post = put = patch = delete = options = get
