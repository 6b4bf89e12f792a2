"""The views of the reader."""

from typing import Any

from lessons.book import chapters
from lessons.book.sources import SOURCES
from lessons.book.text import render_chapter, render_source
from miniframework.http import Http404, HttpRequest, HttpResponse
from miniframework.shortcuts import render
from miniframework.views.generic import TemplateView


class HomeView(TemplateView):
    """The list of chapters."""

    template_name = "reader/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "chapters": chapters.all_chapters()}


class SourceIndexView(TemplateView):
    """All source files, by layer."""

    template_name = "reader/source_index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "packages": SOURCES.by_package()}


def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """One chapter of the book."""
    found = chapters.find(slug)
    if found is None:
        raise Http404(f"There is no chapter {slug!r}.")
    context = {"chapter": found, "text": render_chapter(found)}
    return render(request, "reader/chapter.html", context)


def source(request: HttpRequest, name: str) -> HttpResponse:
    """One source file, coloured, each line with an anchor."""
    path = SOURCES.find(name)
    if path is None:
        raise Http404(f"There is no source file {name!r}.")
    return render(request, "reader/source.html", {"name": name, "text": render_source(path)})


def mistake(request: HttpRequest) -> HttpResponse:
    """A view with a mistake in it, so that one can look at step 9."""
    choices = ["yes", "no"]
    return HttpResponse(choices[len(choices)])
