"""Every setting and its default, under Django's names.

Django: https://docs.djangoproject.com/en/5.2/ref/settings/
"""

from typing import Any

# --- The project -----------------------------------------------------------------------

DEBUG = False
DEBUG_PROPAGATE_EXCEPTIONS = False  # let an error reach the server, or the test
SECRET_KEY = ""
SECRET_KEY_FALLBACKS: list[str] = []
INSTALLED_APPS: list[str] = []
ROOT_URLCONF = ""
WSGI_APPLICATION: str | None = None
MIDDLEWARE: list[str] = []
APPEND_SLASH = True
PREPEND_WWW = False
DEFAULT_CHARSET = "utf-8"

# --- Who may ask -----------------------------------------------------------------------

ALLOWED_HOSTS: list[str] = []
USE_X_FORWARDED_HOST = False
USE_X_FORWARDED_PORT = False
SECURE_PROXY_SSL_HEADER: tuple[str, str] | None = None
INTERNAL_IPS: list[str] = []
FORCE_SCRIPT_NAME: str | None = None

# --- How much a request may bring (bytes, or a count) ----------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE: int | None = 2_621_440  # the body, its files not counted
DATA_UPLOAD_MAX_NUMBER_FIELDS: int | None = 1000
DATA_UPLOAD_MAX_NUMBER_FILES: int | None = 100
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # a larger file goes to a temporary one
FILE_UPLOAD_TEMP_DIR: str | None = None

# --- Security --------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY: str | None = "same-origin"
SECURE_REFERRER_POLICY: str | list[str] | None = "same-origin"
SECURE_HSTS_SECONDS = 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_HSTS_PRELOAD = False
SECURE_SSL_REDIRECT = False
SECURE_SSL_HOST: str | None = None
SECURE_REDIRECT_EXEMPT: list[str] = []
X_FRAME_OPTIONS = "DENY"

CSRF_COOKIE_NAME = "csrftoken"
CSRF_COOKIE_AGE = 60 * 60 * 24 * 7 * 52
CSRF_COOKIE_DOMAIN: str | None = None
CSRF_COOKIE_PATH = "/"
CSRF_COOKIE_SECURE = False
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE: str | None = "Lax"
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
CSRF_TRUSTED_ORIGINS: list[str] = []
CSRF_FAILURE_VIEW = "miniframework.debug.csrf.csrf_failure"

# --- Database, templates, static files, cache ------------------------------------------

DATABASES: dict[str, Any] = {}
DATABASE_ROUTERS: list[Any] = []
MIGRATION_MODULES: dict[str, str] = {}  # app label -> package, where it is not app.migrations
DEFAULT_AUTO_FIELD = "miniorm.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = []
STATIC_URL: str | None = None
STATIC_ROOT: str | None = None
STATICFILES_DIRS: list[Any] = []
MEDIA_URL = ""
MEDIA_ROOT = ""

CACHES: dict[str, Any] = {
    "default": {"BACKEND": "miniframework.cache.backends.locmem.LocMemCache"},
}

# --- Time and language -----------------------------------------------------------------

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = False

# --- Logging ---------------------------------------------------------------------------

LOGGING: dict[str, Any] = {}
# Set to None to leave logging alone.
LOGGING_CONFIG: str | None = "logging.config.dictConfig"

# --- Tests -----------------------------------------------------------------------------

TEST_SERVER = "wsgi"
