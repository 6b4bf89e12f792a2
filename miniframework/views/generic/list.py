"""Show a list of objects, a page at a time where asked.

Step 5 of the trip. The queryset is handed to the template as it is: its SQL runs where the
template first walks over it.

Django: https://docs.djangoproject.com/en/5.2/ref/class-based-views/generic-display/#listview
"""

from collections.abc import Sequence
from typing import Any

from miniframework.exceptions import ImproperlyConfigured
from miniframework.http import Http404, HttpRequest, HttpResponse
from miniframework.paginator import InvalidPage, Page, Paginator
from miniframework.views.base import View
from miniframework.views.generic.base import ContextMixin, TemplateResponseMixin


class MultipleObjectMixin(ContextMixin):
    """Where the objects come from, in what order, and what the template calls them."""

    model: Any = None
    queryset: Any = None
    ordering: str | Sequence[str] | None = None
    allow_empty = True
    paginate_by: int | None = None
    paginate_orphans = 0
    paginator_class: type[Paginator] = Paginator
    page_kwarg = "page"
    context_object_name: str | None = None
    request: HttpRequest
    kwargs: dict[str, Any]
    object_list: Any = None

    def get_queryset(self) -> Any:
        """The objects; a subclass narrows them here. Any sequence will do."""
        if self.queryset is not None:
            queryset = self.queryset
            queryset = queryset.all() if hasattr(queryset, "all") else queryset
        elif self.model is not None:
            queryset = self.model._default_manager.all()
        else:
            raise ImproperlyConfigured(
                f"{type(self).__name__} has no objects to show: set `model` or `queryset`, or "
                "define get_queryset()."
            )
        ordering = self.get_ordering()
        if ordering:
            names = (ordering,) if isinstance(ordering, str) else ordering
            queryset = queryset.order_by(*names)
        return queryset

    def get_ordering(self) -> str | Sequence[str] | None:
        return self.ordering

    def get_paginate_by(self, queryset: Any) -> int | None:
        return self.paginate_by

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator, Page, Any, bool]:
        """(paginator, page, its objects, whether there are others); Http404 past the end."""
        paginator = self.paginator_class(
            queryset, page_size, self.paginate_orphans, self.allow_empty
        )
        asked = self.kwargs.get(self.page_kwarg) or self.request.GET.get(self.page_kwarg) or 1
        try:
            page = paginator.page(paginator.num_pages if asked == "last" else asked)
        except InvalidPage as error:
            raise Http404(f"There is no page {asked!r}: {error}") from error
        return paginator, page, page.object_list, page.has_other_pages()

    def get_context_object_name(self, object_list: Any) -> str | None:
        """The list's name besides "object_list": "question_list" for Question objects."""
        if self.context_object_name:
            return self.context_object_name
        model = getattr(object_list, "model", None)
        return f"{model._meta.model_name}_list" if model is not None else None

    def get_context_data(self, *, object_list: Any = None, **kwargs: Any) -> dict[str, Any]:
        objects = self.object_list if object_list is None else object_list
        name = self.get_context_object_name(objects)
        page_size = self.get_paginate_by(objects)
        paginator: Paginator | None = None
        page: Page | None = None
        is_paginated = False
        if page_size:
            paginator, page, objects, is_paginated = self.paginate_queryset(objects, page_size)
        context: dict[str, Any] = {
            "paginator": paginator,
            "page_obj": page,
            "is_paginated": is_paginated,
            "object_list": objects,
        }
        if name:
            context[name] = objects
        return super().get_context_data(**{**context, **kwargs})


class MultipleObjectTemplateResponseMixin(TemplateResponseMixin):
    """A template by the model's name, unless said: "polls/question_list.html"."""

    template_name_suffix = "_list"
    object_list: Any = None

    def get_template_names(self) -> list[str]:
        if self.template_name is not None:
            return [self.template_name]
        model = getattr(self.object_list, "model", None)
        if model is None:
            return super().get_template_names()
        meta = model._meta
        return [f"{meta.app_label}/{meta.model_name}{self.template_name_suffix}.html"]


class ListView(MultipleObjectTemplateResponseMixin, MultipleObjectMixin, View):
    """Show a list of objects."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object_list = self.get_queryset()
        if not self.allow_empty and not self.object_list:
            raise Http404("This list is empty, and the view does not show empty ones.")
        return self.render_to_response(self.get_context_data())
