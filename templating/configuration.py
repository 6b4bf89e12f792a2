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
language_code = "en-us"
languages: Sequence[tuple[str, str]] = ()  # (code, name)


def configure(
    app_directories: "Sequence[str | os.PathLike[str]] | None" = None,
    default_engine: "Engine | None" = None,
    time_zone: str | datetime.tzinfo | None = None,
    use_tz: bool = True,
    language_code: str | None = None,
    languages: Sequence[tuple[str, str]] | None = None,
) -> None:
    """Set what is given and leave the rest: each application's template folder, the engine
    behind `templating.loader`, the time zone, in which aware datetimes are shown if `use_tz`, and
    what the library i18n says of languages."""
    if app_directories is not None:
        globals()["app_directories"] = tuple(app_directories)
    if default_engine is not None:
        globals()["default_engine"] = default_engine
    if time_zone is not None:
        formats.time_zone = ZoneInfo(time_zone) if isinstance(time_zone, str) else time_zone
        formats.use_tz = use_tz
    if language_code is not None:
        globals()["language_code"] = language_code
    if languages is not None:
        globals()["languages"] = tuple(languages)
