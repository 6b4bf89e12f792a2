"""Show one object, chosen by a primary key or a slug in the URL.

Step 5 of the trip, with step 6 in the middle of it.

Django: https://docs.djangoproject.com/en/5.2/ref/class-based-views/generic-display/#detailview
"""

from typing import Any

from miniframework.exceptions import ImproperlyConfigured
from miniframework.http import Http404, HttpRequest, HttpResponse
from miniframework.views.base import View
from miniframework.views.generic.base import ContextMixin, TemplateResponseMixin


class SingleObjectMixin(ContextMixin):
    """Where the object comes from, and what the template calls it."""

    model: Any = None
    queryset: Any = None
    slug_field = "slug"
    slug_url_kwarg = "slug"
    pk_url_kwarg = "pk"
    query_pk_and_slug = False
    context_object_name: str | None = None
    kwargs: dict[str, Any]
    object: Any = None

    def get_object(self, queryset: Any = None) -> Any:
        """The object that the URL asks for; raises Http404 where there is none."""
        if queryset is None:
            queryset = self.get_queryset()
        pk, slug = self.kwargs.get(self.pk_url_kwarg), self.kwargs.get(self.slug_url_kwarg)
        if pk is None and slug is None:
            raise AttributeError(
                f"{type(self).__name__} must be reached by a URL with <{self.pk_url_kwarg}> or "
                f"<{self.slug_url_kwarg}> in its route; this one had {sorted(self.kwargs)}."
            )
        if pk is not None:
            queryset = queryset.filter(pk=pk)
        if slug is not None and (pk is None or self.query_pk_and_slug):
            queryset = queryset.filter(**{self.get_slug_field(): slug})
        try:
            return queryset.get()
        except queryset.model.DoesNotExist:
            raise Http404(f"No {queryset.model._meta.model_name} matches this URL.") from None

    def get_queryset(self) -> Any:
        """The objects to choose from; a subclass narrows them here."""
        if self.queryset is not None:
            return self.queryset.all()
        if self.model is not None:
            return self.model._default_manager.all()
        raise ImproperlyConfigured(
            f"{type(self).__name__} has no objects to show: set `model` or `queryset`, or "
            "define get_queryset()."
        )

    def get_slug_field(self) -> str:
        return self.slug_field

    def get_context_object_name(self, obj: Any) -> str | None:
        """The object's name in the template besides "object": "question" for a Question."""
        if self.context_object_name:
            return self.context_object_name
        meta = getattr(obj, "_meta", None)
        return meta.model_name if meta is not None else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = {}
        if self.object is not None:
            context["object"] = self.object
            name = self.get_context_object_name(self.object)
            if name:
                context[name] = self.object
        return super().get_context_data(**{**context, **kwargs})


class SingleObjectTemplateResponseMixin(TemplateResponseMixin):
    """A template by the model's name, unless said: "polls/question_detail.html"."""

    template_name_suffix = "_detail"
    model: Any = None
    object: Any = None

    def get_template_names(self) -> list[str]:
        if self.template_name is not None:
            return [self.template_name]
        meta = getattr(self.object, "_meta", None) or getattr(self.model, "_meta", None)
        if meta is None:
            return super().get_template_names()
        return [f"{meta.app_label}/{meta.model_name}{self.template_name_suffix}.html"]


class DetailView(SingleObjectTemplateResponseMixin, SingleObjectMixin, View):
    """Show one object."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        return self.render_to_response(self.get_context_data(object=self.object))
