"""Views that are written so often that they come ready-made: show a template, redirect,
list objects, show one."""

from miniframework.views.base import View
from miniframework.views.generic.base import RedirectView, TemplateView
from miniframework.views.generic.detail import DetailView
from miniframework.views.generic.list import ListView

__all__ = ["DetailView", "ListView", "RedirectView", "TemplateView", "View"]
