"""Where Django's names are found here: the one table.

No step of the trip, but of the reader's: what is learnt here is meant to carry over, and
Django's own tutorial runs with only its imports changed. The longest entry that a dotted
name begins with decides, and the rest stays as it is.
"""

from collections.abc import Mapping

# Rules first, then single names that live elsewhere than their module's rule says.
NAMES: Mapping[str, str] = {
    "django": "miniframework",
    "django.apps": "miniframework.apps",
    "django.conf": "miniframework.conf",
    "django.conf.urls.handler404": "miniframework.views.defaults.page_not_found",
    "django.conf.urls.handler500": "miniframework.views.defaults.server_error",
    "django.contrib.staticfiles": "miniframework.staticfiles",
    "django.contrib.staticfiles.finders": "miniframework.staticfiles.finders",
    "django.core.cache": "miniframework.cache",
    "django.core.exceptions": "miniframework.exceptions",
    "django.core.exceptions.AppRegistryNotReady": "miniframework.apps.AppRegistryNotReady",
    "django.core.management": "miniframework.management",
    "django.core.management.base": "miniframework.management.base",
    "django.core.paginator": "miniframework.paginator",
    "django.core.signals": "miniframework.signals",
    "django.core.signing": "miniframework.signing",
    "django.core.validators": "miniframework.validators",
    "django.core.wsgi": "miniframework.wsgi",
    "django.db": "miniorm",
    "django.db.models": "miniorm.models",
    "django.db.models.aggregates": "miniorm.aggregates",
    "django.db.models.constraints": "miniorm.constraints",
    "django.db.models.expressions": "miniorm.expressions",
    "django.db.models.functions": "miniorm.functions",
    "django.db.models.enums": "miniorm.enums",
    "django.db.models.fields": "miniorm.fields",
    "django.db.models.fields.json": "miniorm.fields.json",
    "django.db.models.indexes": "miniorm.indexes",
    "django.db.models.lookups": "miniorm.lookups",
    "django.db.models.signals": "miniorm.signals",
    "django.db.transaction": "miniorm.transaction",
    "django.dispatch": "miniframework.dispatch",
    "django.http": "miniframework.http",
    "django.middleware": "miniframework.middleware",
    "django.middleware.clickjacking": "miniframework.middleware.clickjacking",
    "django.middleware.common": "miniframework.middleware.common",
    "django.middleware.csrf": "miniframework.middleware.csrf",
    "django.middleware.security": "miniframework.middleware.security",
    "django.setup": "miniframework.setup",
    "django.shortcuts": "miniframework.shortcuts",
    "django.template": "templating",
    "django.template.backends": "miniframework.template.backends",
    "django.template.backends.django": "miniframework.template.backends.django",
    "django.template.context_processors": "miniframework.template.context_processors",
    "django.template.engines": "miniframework.template.engines",
    "django.template.response": "miniframework.template.response",
    "django.templatetags": "miniframework.templatetags",
    "django.templatetags.cache": "miniframework.templatetags.cache",
    "django.templatetags.i18n": "templating.templatetags.i18n",
    "django.templatetags.l10n": "templating.templatetags.l10n",
    "django.templatetags.static": "miniframework.templatetags.static",
    "django.templatetags.tz": "templating.templatetags.tz",
    "django.test": "miniframework.test",
    "django.urls": "miniframework.urls",
    "django.utils": "miniframework.utils",
    "django.utils.functional": "miniframework.utils.functional",
    "django.utils.html": "miniframework.utils.html",
    "django.utils.http": "miniframework.utils.http",
    "django.utils.module_loading": "miniframework.utils.module_loading",
    "django.utils.safestring": "miniframework.utils.safestring",
    "django.utils.timezone": "miniframework.utils.timezone",
    "django.views": "miniframework.views",
    "django.views.decorators.csrf": "miniframework.views.decorators.csrf",
    "django.views.decorators.http": "miniframework.views.decorators.http",
    "django.views.defaults": "miniframework.views.defaults",
    "django.views.generic": "miniframework.views.generic",
    "django.views.generic.base": "miniframework.views.generic.base",
    "django.views.generic.base.View": "miniframework.views.base.View",
    "django.views.generic.detail": "miniframework.views.generic.detail",
    "django.views.generic.list": "miniframework.views.generic.list",
}

# `core.` and `contrib.` fall away also where the table has no entry for what comes after.
FALL_AWAY = ("django.core.", "django.contrib.")


def translate(dotted: str) -> str:
    """Our name for one of Django's; any other name is returned as it is.

    >>> translate("django.db.models.CharField")
    'miniorm.models.CharField'
    """
    if dotted != "django" and not dotted.startswith("django."):
        return dotted
    parts = dotted.split(".")
    for length in range(len(parts), 1, -1):
        known = NAMES.get(".".join(parts[:length]))
        if known is not None:
            return ".".join([known, *parts[length:]])
    for prefix in FALL_AWAY:
        if dotted.startswith(prefix):
            return f"miniframework.{dotted.removeprefix(prefix)}"
    return ".".join([NAMES["django"], *parts[1:]])
