"""`{% load static %}{% static "polls/style.css" %}`: the address of a static file.

Step 7 of the trip; the file itself is answered at step 1, by the web server.

Django: https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#static
"""

import re
from typing import Any
from urllib.parse import quote, urljoin

from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls import get_script_prefix
from templating import Library

register = Library()


def static(path: str) -> str:
    """The URL of a static file: STATIC_URL and the path, quoted."""
    return urljoin(static_url(), quote(str(path)))


def static_url() -> str:
    """STATIC_URL; one without a slash or a host in front is below the application."""
    url: Any = settings.STATIC_URL
    if not url:
        raise ImproperlyConfigured("The setting STATIC_URL is empty; set it, say to 'static/'.")
    if url.startswith("/") or re.match(r"[a-z][a-z0-9+.-]*:", url):
        return str(url)
    return get_script_prefix() + str(url)


register.simple_tag(static, name="static")
register.simple_tag(static_url, name="get_static_prefix")


@register.simple_tag
def get_media_prefix() -> str:
    return str(settings.MEDIA_URL)
