"""What a framework hands down to this layer, in one call; alone, the defaults serve.

Step 7. In Django the engine reads settings itself; here nothing is fetched from above.
"""

import datetime
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from templating import formats

if TYPE_CHECKING:
    from templating.engine import Engine

app_directories: "Sequence[str | os.PathLike[str]]" = ()
default_engine: "Engine | None" = None


def configure(
    app_directories: "Sequence[str | os.PathLike[str]] | None" = None,
    default_engine: "Engine | None" = None,
    time_zone: str | datetime.tzinfo | None = None,
) -> None:
    """Set what is given and leave the rest: each application's template folder, the engine
    behind `templating.loader`, and the zone in which aware datetimes are shown."""
    if app_directories is not None:
        globals()["app_directories"] = tuple(app_directories)
    if default_engine is not None:
        globals()["default_engine"] = default_engine
    if time_zone is not None:
        formats.time_zone = ZoneInfo(time_zone) if isinstance(time_zone, str) else time_zone
