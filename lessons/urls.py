"""Which address leads to which view."""

from miniframework.urls import include, path

urlpatterns = [
    path("", include("lessons.reader.urls")),
    path("polls/", include("lessons.polls.urls")),
]
