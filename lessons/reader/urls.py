"""The addresses of the reader."""

from lessons.reader import views
from miniframework.urls import path

app_name = "reader"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("chapters/<slug:slug>/", views.chapter, name="chapter"),
    path("glossary/", views.GlossaryView.as_view(), name="glossary"),
    path("progress/", views.ProgressStreamView.as_view(), name="progress"),
    path("search/", views.SearchView.as_view(), name="search"),
    path("source/", views.SourceIndexView.as_view(), name="source-index"),
    path("source/<path:name>", views.source, name="source"),
    path("mistake/", views.mistake, name="mistake"),
]
