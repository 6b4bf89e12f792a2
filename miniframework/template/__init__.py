"""Where the framework meets the template engine.

Step 7 of the trip. The engine (the package `templating`) knows no settings, no requests and
no URLs: `configure_engines` makes engines out of the setting TEMPLATES and hands them what
the framework adds. With another `BACKEND` any other engine can take its place.

Django: https://docs.djangoproject.com/en/5.2/topics/templates/
"""

from miniframework.template.registry import configure_engines, engines

__all__ = ["configure_engines", "engines"]
