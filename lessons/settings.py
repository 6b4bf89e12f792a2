"""The settings of the site: Django's names, read by `miniframework.conf`.

What a deployment would change comes from the environment:

    DATABASE   "sqlite" (default), or a URL: sqlite:///FILE, postgresql://USER@HOST/NAME
    DEBUG      "0" turns the debug pages off
    HOSTS      names that the site answers to, separated by commas
"""

import os
import secrets

from lessons.places import var


def secret_key() -> str:
    """A key of this machine's own, made at the first start and kept.

    One that stood in the source would be everybody's, and no secret.
    """
    path = var() / "secret_key"
    try:
        # Exclusive, so that two processes that start at once agree on one key.
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


def database() -> str:
    chosen = os.environ.get("DATABASE", "sqlite")
    return f"sqlite:///{var() / 'site.sqlite3'}" if chosen == "sqlite" else chosen


SECRET_KEY = secret_key()
DEBUG = os.environ.get("DEBUG", "1") != "0"
ALLOWED_HOSTS = [host for host in os.environ.get("HOSTS", "").split(",") if host]

ROOT_URLCONF = "lessons.urls"
WSGI_APPLICATION = "lessons.wsgi.application"
INSTALLED_APPS = ["lessons.reader", "lessons.exercises", "lessons.polls"]

MIDDLEWARE = [
    "miniframework.middleware.security.SecurityMiddleware",
    "miniframework.middleware.common.CommonMiddleware",
    "miniframework.middleware.csrf.CsrfViewMiddleware",
    "miniframework.middleware.clickjacking.XFrameOptionsMiddleware",
    "lessons.reader.middleware.ContentSecurityPolicyMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "miniframework.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "miniframework.template.context_processors.debug",
                "miniframework.template.context_processors.request",
                "lessons.reader.context_processors.reader",
            ],
        },
    }
]

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "miniorm.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
