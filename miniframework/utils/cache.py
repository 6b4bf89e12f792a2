"""The fields that tell caches what a response depends on (step 10 of the trip).

RFC 9110, 12.5.5 (Vary); RFC 9111.  Django: django.utils.cache.
"""

from collections.abc import Iterable

from miniframework.http.response import HttpResponseBase


def patch_vary_headers(response: HttpResponseBase, newheaders: Iterable[str]) -> None:
    """Add to Vary the request fields that the response was chosen by."""
    present = [name.strip() for name in response.get("Vary", "").split(",") if name.strip()]
    known = {name.lower() for name in present}
    present += [name for name in newheaders if name.lower() not in known]
    response.headers["Vary"] = "*" if "*" in present else ", ".join(present)


def add_never_cache_headers(response: HttpResponseBase) -> None:
    response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
