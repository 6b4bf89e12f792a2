"""The web framework of glasstack: from the WSGI environ to the response (steps 3 to 10).

A request enters through `wsgi`, becomes an `HttpRequest`, passes the middleware from the
outermost to the innermost, is resolved to a view by its path, and comes back the same way
as an `HttpResponse`. Read `handler` first: it is the whole trip in one file.

The names are Django's. In Django: the packages django.core.handlers, django.http,
django.urls, django.views, django.middleware, django.conf.
"""


def setup() -> None:
    """Make the project ready: settings, logging, apps, database, models, templates.

    Once per process, before the first request; `get_wsgi_application` calls it.
    """
    import miniorm
    from miniframework.apps import apps
    from miniframework.conf import settings
    from miniframework.signals import connect_database
    from miniframework.template import configure_engines
    from miniframework.utils.module_loading import import_string

    if settings.LOGGING_CONFIG and settings.LOGGING:
        import_string(settings.LOGGING_CONFIG)(settings.LOGGING)
    apps.populate(settings.INSTALLED_APPS)
    # The ORM reads no settings: it is told. Models ask for their app's label as soon as
    # their class is defined, so they are imported after this.
    miniorm.configure(
        databases=settings.DATABASES,
        apps={app.name: app.label for app in apps.get_app_configs()},
        time_zone=settings.TIME_ZONE,
        use_tz=settings.USE_TZ,
        default_auto_field=settings.DEFAULT_AUTO_FIELD,
        routers=settings.DATABASE_ROUTERS,
        debug=settings.DEBUG,
    )
    connect_database()
    apps.import_models()
    configure_engines()
