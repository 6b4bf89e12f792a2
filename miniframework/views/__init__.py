"""Views: what answers a request, as a class (`View`), ready-made (`generic`) or for an
error (`defaults`)."""

from miniframework.views.base import View

__all__ = ["View"]
