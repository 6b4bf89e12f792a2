"""The views of the reader."""

from typing import Any

from lessons.book import chapters
from lessons.book.glossary import glossary
from lessons.book.sources import SOURCES
from lessons.book.text import render_chapter, render_source
from lessons.reader import progress
from lessons.reader.search import LONGEST, search
from lessons.reader.trip import trip_picture
from miniframework.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from miniframework.shortcuts import render
from miniframework.views import View
from miniframework.views.generic import TemplateView


class HomeView(TemplateView):
    """The contents: the picture of the trip, and the chapters by their parts."""

    template_name = "reader/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        counts = progress.counts()
        parts = [
            (part, [(each, counts.get(each.slug)) for each in part.chapters])
            for part in chapters.parts()
        ]
        return {**context, "parts": parts, "trip": trip_picture()}


class ProgressStreamView(View):
    """Progress as it changes, for the page that is open (server-sent events)."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        news = progress.Stream()
        if not news.is_open:
            return HttpResponse(status=204)  # which tells a browser not to ask again
        response = StreamingHttpResponse(news, content_type="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        return response


class GlossaryView(TemplateView):
    """The words of the book."""

    template_name = "reader/glossary.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "words": glossary()}


class SearchView(TemplateView):
    """Results as a page, or as JSON for the box that searches as one types."""

    template_name = "reader/search.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        question = request.GET.get("q", "").strip()[:LONGEST]
        results = search(question)
        if request.GET.get("format") == "json":
            found = [{"title": e.title, "where": e.where, "url": e.url} for e in results]
            return JsonResponse({"results": found})
        context = self.get_context_data(results=results, question_asked=question)
        return self.render_to_response(context)


class SourceIndexView(TemplateView):
    """All source files, by layer."""

    template_name = "reader/source_index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "packages": SOURCES.by_package()}


def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """One chapter of the book."""
    every = chapters.all_chapters()
    found = next((each for each in every if each.slug == slug), None)
    if found is None:
        raise Http404(f"There is no chapter {slug!r}.")
    before, after = chapters.neighbours(found, every)
    context = {
        "chapter": found,
        "text": render_chapter(found),
        "trip": trip_picture(found.step) if found.number else "",
        "before": before,
        "after": after,
    }
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
