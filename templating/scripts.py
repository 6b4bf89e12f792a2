"""Values inside of scripts: where HTML's escaping does not help, and what does.

Step 7. Inside of <script> a browser looks for nothing but its end, so `&lt;` would stay as it is
written. What could end the script, or a string in it, is written as JavaScript's own escapes.
OWASP, "Cross Site Scripting Prevention"; in Django: django.utils.html and
django.core.serializers.json.
"""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from templating.safe import SafeString, format_html

# Characters with a meaning in a script, in HTML around it, or as an end of line in one.
JS_ESCAPES = {
    ord(character): f"\\u{ord(character):04X}" for character in "\\'\"<>&=-;`\u2028\u2029"
}
JS_ESCAPES.update({code: f"\\u{code:04X}" for code in range(32)})

JSON_ESCAPES = {ord(character): f"\\u{ord(character):04X}" for character in "<>&"}


def escapejs(value: object) -> SafeString:
    """Fit for a quoted string in a script."""
    return SafeString(str(value).translate(JS_ESCAPES))


class JSONEncoder(json.JSONEncoder):
    """Dates and times as JavaScript reads them; decimals, UUIDs and lazy values as text."""

    def default(self, o: Any) -> Any:
        if isinstance(o, time) and o.tzinfo is not None:
            raise ValueError(f"JSON has no form for a time of day with a time zone: {o!r}.")
        if isinstance(o, datetime | time):  # a date there has no more than milliseconds
            exact = "milliseconds" if o.microsecond else "seconds"
            return o.isoformat(timespec=exact).replace("+00:00", "Z")
        if isinstance(o, date):
            return o.isoformat()
        if isinstance(o, timedelta):
            return iso_duration(o)
        if type(o).__name__ in ("Decimal", "UUID"):
            return str(o)
        return super().default(o)


def iso_duration(duration: timedelta) -> str:
    """ "P1DT02H03M04.500000S" (ISO 8601, 4.4.3), as Django writes it."""
    sign, duration = ("-", -duration) if duration < timedelta(0) else ("", duration)
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{duration.microseconds:06}" if duration.microseconds else ""
    return f"{sign}P{duration.days}DT{hours:02}H{minutes:02}M{seconds:02}{part}S"


def json_script(
    value: Any, element_id: str | None = None, encoder: type[json.JSONEncoder] | None = None
) -> SafeString:
    """The value as JSON in a script element that no value can end early."""
    text = json.dumps(value, cls=encoder or JSONEncoder).translate(JSON_ESCAPES)
    name = format_html(' id="{}"', element_id) if element_id else ""
    return SafeString(f'<script{name} type="application/json">{text}</script>')
