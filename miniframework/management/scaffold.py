"""The files of a new project and of a new app, as text.

`$name` and the like are filled in (string.Template). They are kept in this module, rather
than beside it, so that they are wherever the framework's code is.
"""

from string import Template

MANAGE = '''\
#!/usr/bin/env python3
"""The command line of this project: python manage.py help"""

import os
import sys


def main():
    os.environ.setdefault("MINIFRAMEWORK_SETTINGS_MODULE", "$name.settings")
    try:
        from miniframework.management import execute_from_command_line
    except ModuleNotFoundError as error:
        if error.name != "miniframework":
            raise
        sys.exit(
            "manage.py: Python does not find miniframework. Install it (pip install glasstack), "
            "or say where a clone of it lies: PYTHONPATH=/path/to/glasstack python manage.py ..."
        )
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
'''

SETTINGS = '''\
"""Settings of $name.

The names are Django's: https://docs.djangoproject.com/en/5.2/ref/settings/
"""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# Signs cookies and tokens: whoever knows it can forge them. Keep the one in use out of git.
SECRET_KEY = "$secret_key"

# Shows errors with their source to whoever asks. Never on a server that others reach.
DEBUG = True

# The names by which the site may be called, when DEBUG is off.
ALLOWED_HOSTS = []

INSTALLED_APPS = []

MIDDLEWARE = [
$middleware]

ROOT_URLCONF = "$name.urls"
WSGI_APPLICATION = "$name.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "miniframework.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "$name" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "miniframework.template.context_processors.debug",
                "miniframework.template.context_processors.request",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "miniorm.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
    },
}

TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
'''

URLS = '''\
"""Which view answers which path."""

from miniframework.urls import path
from miniframework.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="welcome.html"), name="welcome"),
]
'''

WSGI = '''\
"""What a web server calls: the WSGI application (PEP 3333)."""

import os

from miniframework.wsgi import get_wsgi_application

os.environ.setdefault("MINIFRAMEWORK_SETTINGS_MODULE", "$name.settings")

application = get_wsgi_application()
'''

WELCOME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$name</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto 0;
       padding: 0 1rem; color: #24292f; background: #fff; }
h1 { font-size: 2rem; line-height: 1.2; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } }
</style>
</head>
<body>
<h1>$name is running.</h1>
<p>You asked for <code>{{ request.path }}</code>, <code>$name/urls.py</code> named a view for
it, and the view rendered <code>$name/templates/welcome.html</code>: this page.</p>
<p>Next: <code>python manage.py startapp polls</code> makes an app. Add it to
<code>INSTALLED_APPS</code> in <code>$name/settings.py</code>, write a view, and give it a
path in <code>$name/urls.py</code>.</p>
</body>
</html>
"""

PROJECT = {
    "manage.py": MANAGE,
    "$name/__init__.py": "",
    "$name/settings.py": SETTINGS,
    "$name/urls.py": URLS,
    "$name/wsgi.py": WSGI,
    "$name/templates/welcome.html": WELCOME,
}

APP = {
    "__init__.py": "",
    "apps.py": """\
from miniframework.apps import AppConfig


class ${camel_case}Config(AppConfig):
    name = "$name"
""",
    "models.py": """\
from miniorm import models  # noqa: F401

# Your models: class Question(models.Model): ...
""",
    "views.py": """\
from miniframework.http import HttpResponse


def index(request):
    return HttpResponse("Hello from $name.")
""",
    "urls.py": """\
from miniframework.urls import path

from . import views

app_name = "$name"

urlpatterns = [
    path("", views.index, name="index"),
]
""",
}


def filled(files: dict[str, str], values: dict[str, str]) -> dict[str, str]:
    """Path -> text, with the values in both."""
    return {
        Template(path).substitute(values): Template(text).substitute(values)
        for path, text in files.items()
    }
