"""The configuration file: from a path to a `Config` in which everything holds.

Before the trip: `python -m httpserver --config FILE`. The file is TOML (https://toml.io);
`reference()` is what may stand in it. What a server sets for all its locations (`Shared`) is
handed down here, setting by setting: a location that has its own takes that and nothing of the
server's, but for `limits`, each of which is a setting. So a `LocationSettings` is complete, and
whoever builds handlers of it looks nowhere else.

In Nginx: nginx.conf, `nginx -t`, and the merge_loc_conf of each module.
"""

import os
from dataclasses import MISSING, replace
from pathlib import Path
from typing import Any, TypeVar

from httpserver import values
from httpserver.config_checks import check
from httpserver.config_tables import (
    LIMITS,
    SHARED,
    TABLES,
    Config,
    GroupSettings,
    GzipSettings,
    LocationSettings,
    ServerSettings,
    Shared,
    UpstreamSettings,
    ZoneSettings,
)
from httpserver.limits import KIB, MIB
from httpserver.settings import ConfigError, Place, Setting, open_document, table
from httpserver.units import shown

__all__ = [
    "Config",
    "ConfigError",
    "GroupSettings",
    "GzipSettings",
    "LocationSettings",
    "ServerSettings",
    "UpstreamSettings",
    "ZoneSettings",
    "load",
    "reference",
]

S = TypeVar("S", bound=Shared)


def load(path: str | os.PathLike[str]) -> Config:
    """Raises ConfigError, which has all that is wrong, a line each: "FILE:LINE: what"."""
    file = Place(open_document(path, _homes()))
    config: Config = table(Config)(file.document.content, file)
    check(config, file)
    if file.document.problems:
        raise ConfigError(file.document.problems)
    servers = [
        _hand_down(_inherit(server, config, file.at("server", index)), file.at("server", index))
        for index, server in enumerate(config.servers)
    ]
    return replace(config, servers=tuple(servers))


def _hand_down(server: ServerSettings, place: Place) -> ServerSettings:
    locations = []
    for index, location in enumerate(server.locations):
        at = place.at("location", index)
        if location.redirect is not None and not at.has("status"):
            location = replace(location, status=301)
        locations.append(_inherit(location, server, at))
    return replace(server, locations=tuple(locations))


def _inherit(inner: S, outer: Config | Shared, place: Place) -> S:
    """With what `inner` has not of its own."""
    given = {name: getattr(inner.limits, name) for name in LIMITS if place.at("limits").has(name)}
    taken: dict[str, Any] = {}
    if isinstance(outer, Shared):
        taken = {
            setting.name: getattr(outer, setting.name)
            for key, setting in SHARED.items()
            if not place.has(key)
        }
    return replace(inner, **{**taken, "limits": replace(outer.limits, **given)})


def _homes() -> dict[str, str]:
    """Where a word belongs, ours or Nginx's: {"server_name": "`names` in [[server]]"}."""
    homes: dict[str, list[str]] = {}
    for header, settings in TABLES.items():
        where = f"in {header}" if header else "at the top of the file"
        for key, setting in settings.items():
            for word in {key, *setting.elsewhere.split()} if setting.about else ():
                homes.setdefault(word, []).append(f"`{key}` {where}")
    return {word: ", or ".join(places) for word, places in homes.items()}


def reference() -> str:
    """All settings, with their defaults and the words that Nginx has for them."""
    lines = []
    for header, settings in TABLES.items():
        lines += ["", header] if header else []
        for key, setting in settings.items():
            if setting.about:
                nginx = (
                    f" (Nginx: {setting.elsewhere.replace(' ', ', ')})" if setting.elsewhere else ""
                )
                lines.append(f"{f'{key} = {_shown(setting)}':<36} # {setting.about}{nginx}")
    return "\n".join([*lines, ""])


def _shown(setting: Setting) -> str:
    """The default as one would write it."""
    default = setting.default
    if default is MISSING:
        return "(must be given)"
    if default is None:
        return "(none)"
    if setting.read is values.permissions:
        return f'"{default:04o}"'
    if setting.read in (values.size, values.some_bytes) and default >= KIB:
        return f'"{default // MIB} MiB"' if default >= MIB else f'"{default // KIB} KiB"'
    if isinstance(default, tuple):
        return f"[{', '.join(map(shown, default))}]"
    return "{}" if not isinstance(default, str | int | float | Path) else shown(default)
