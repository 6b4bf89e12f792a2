"""What miniorm has been told: which databases, which applications, which time zone.

Before the trip. miniorm reads no settings of anyone. A framework calls `configure(...)`
once with what its settings say; a script calls `connect(url)`:

    import miniorm
    miniorm.connect("sqlite:///library.db")

The result is one frozen value that everything else asks for with `current()`. Nothing is
opened here, and no driver is imported: that happens when a query first needs it.

In Django: `django.conf.settings.DATABASES` and `ConnectionHandler.configure_settings`.
The URL's form is RFC 3986, and for PostgreSQL that of its own libpq ("Connection URIs").
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from miniorm.errors import ImproperlyConfigured
from miniorm.suggest import did_you_mean

if TYPE_CHECKING:
    from miniorm.backends.base import DatabaseWrapper

DEFAULT_ALIAS = "default"

SQLITE = "miniorm.backends.sqlite3"
POSTGRESQL = "miniorm.backends.postgresql"
ENGINES = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}

URL_FORMS = (
    "sqlite:///FILE (relative), sqlite:////FILE (absolute), sqlite:///:memory: "
    "or postgresql://USER:PASSWORD@HOST:PORT/NAME"
)

# What a database's settings are when nothing is said. Sizes and times have a limit from
# the start; CONN_MAX_AGE is in seconds, 0 closes after each request, None keeps forever.
DEFAULTS: Mapping[str, Any] = {
    "ENGINE": "",
    "NAME": "",
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "OPTIONS": {},
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "ATOMIC_REQUESTS": False,
    "DISABLE_SERVER_SIDE_CURSORS": False,  # for a pooler that parts a connection's statements
}

DatabaseSettings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything miniorm has been told, as one value."""

    databases: Mapping[str, DatabaseSettings] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)  # dotted package -> label
    time_zone: str = "UTC"
    use_tz: bool = True
    default_auto_field: str = "miniorm.models.BigAutoField"
    routers: Sequence[Any] = ()
    debug: bool = False  # keep a record of the queries in connection.queries


_current = Configuration()
_held = False


def current() -> Configuration:
    """What was configured last (an empty configuration before that)."""
    return _current


@contextmanager
def held() -> Iterator[None]:
    """Meanwhile databases and applications are added, and none is replaced.

    A module of models may call `connect()`; what the command line was told holds.
    """
    global _held
    _held = True
    try:
        yield
    finally:
        _held = False


def configure(
    databases: Mapping[str, DatabaseSettings | str],
    apps: Mapping[str, str] | None = None,
    time_zone: str = "UTC",
    use_tz: bool = True,
    default_auto_field: str = "miniorm.models.BigAutoField",
    routers: Sequence[Any] = (),
    debug: bool = False,
) -> Configuration:
    """Tell miniorm its databases (settings in Django's form, or URLs) and the rest.

    Connections that are open to a database whose settings changed are closed when their
    thread next asks for them. Raises ImproperlyConfigured for what makes no sense.
    """
    global _current
    _check_time_zone(time_zone)
    if _held:
        databases = {**databases, **_current.databases}
        apps = {**(apps or {}), **_current.apps}
    _current = Configuration(
        databases=MappingProxyType(
            {alias: complete_settings(alias, given) for alias, given in databases.items()}
        ),
        apps=MappingProxyType(dict(apps or {})),
        time_zone=time_zone,
        use_tz=use_tz,
        default_auto_field=default_auto_field,
        routers=tuple(routers),
        debug=debug,
    )
    return _current


def connect(url: DatabaseSettings | str, **options: Any) -> "DatabaseWrapper":
    """Use the database at `url` in this program, as "default"; for scripts.

    Further options are those of `configure()`. The connection is opened at once, so that
    a wrong address is reported here and not at the first query.
    """
    from miniorm.connections import connections  # it imports this module

    complete_settings(DEFAULT_ALIAS, url)  # a bad URL leaves what was there untouched
    connections.close_all()
    configure({DEFAULT_ALIAS: url}, **options)
    wrapper = connections[DEFAULT_ALIAS]
    wrapper.ensure_connection()
    return wrapper


def complete_settings(alias: str, given: DatabaseSettings | str) -> DatabaseSettings:
    """The settings of one database with every key in place."""
    if isinstance(given, str):
        given = parse_url(given)
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(
            f"The database {alias!r} is configured by {given!r}; expected a mapping with "
            f'"ENGINE" and "NAME", or a URL such as {URL_FORMS}.'
        )
    settings = {**DEFAULTS, **given}
    if isinstance(settings["NAME"], Path):
        settings["NAME"] = str(settings["NAME"])
    return MappingProxyType(settings)


def _check_time_zone(name: str) -> None:
    # "UTC" needs no time zone data on the machine, so it is not looked up.
    if name == "UTC":
        return
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise ImproperlyConfigured(
            f"The time zone {name!r} is not known on this machine; expected a name such as "
            '"UTC" or "Europe/Berlin".'
        ) from error


# --- URLs -----------------------------------------------------------------------------


def parse_url(url: str) -> dict[str, Any]:
    """Database settings from a URL; raises ImproperlyConfigured naming the forms known."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        file = f" Did you mean {f'sqlite:///{url}'!r}?" if url else ""
        raise ImproperlyConfigured(f"{url!r} is not a database URL; expected {URL_FORMS}.{file}")
    if scheme not in ENGINES:
        raise ImproperlyConfigured(
            f"A database URL begins with {scheme + '://'!r}; expected {URL_FORMS}."
            f"{did_you_mean(scheme, ENGINES)}"
        )
    # From here on the URL may hold a password, so no message shows it whole.
    try:
        parts = urlsplit(url)
        _ = parts.port  # parsed, and refused, only when asked for
    except ValueError as error:
        raise ImproperlyConfigured(
            f"A {scheme} URL cannot be read ({error}); expected {URL_FORMS}. Characters such "
            'as "@", "/" and ":" in a password are written as %40, %2F and %3A.'
        ) from error
    if ENGINES[scheme] == SQLITE:
        return _sqlite_settings(parts, url)
    return _postgresql_settings(parts)


def _sqlite_settings(parts: SplitResult, url: str) -> dict[str, Any]:
    # The third slash ends the (empty) host: what follows it is the path as given.
    name = unquote(parts.path[1:])
    if parts.netloc or not name:
        raise ImproperlyConfigured(
            f"{url!r} names no file; expected three slashes before a relative path "
            "(sqlite:///library.db), four for an absolute one (sqlite:////tmp/library.db), "
            "or sqlite:///:memory:."
        )
    options = {key: _number_or_text(value) for key, value in parse_qsl(parts.query)}
    return {"ENGINE": SQLITE, "NAME": name, "OPTIONS": options}


def _postgresql_settings(parts: SplitResult) -> dict[str, Any]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    settings: dict[str, Any] = {
        "ENGINE": POSTGRESQL,
        "NAME": unquote(parts.path[1:]) or options.pop("dbname", ""),
        "USER": unquote(parts.username or "") or options.pop("user", ""),
        "PASSWORD": unquote(parts.password or "") or options.pop("password", ""),
        # A Unix socket's folder cannot stand where a host does, so libpq takes it as an
        # option, and so do we: postgresql:///name?host=/var/run/postgresql
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(parts.port or options.pop("port", "")),
    }
    if not settings["NAME"]:
        raise ImproperlyConfigured(
            "A PostgreSQL URL names no database; expected its name after the host: "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME."
        )
    settings["OPTIONS"] = options
    return settings


def _number_or_text(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
