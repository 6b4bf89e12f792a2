"""Filters about numbers.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from templating.library import Library
from templating.safe import mark_safe

register = Library()

MAX_DIGITS = 200  # that a template may ask for


@register.filter(is_safe=False)
def add(value: Any, arg: Any) -> Any:
    """The sum of two whole numbers, else of whatever can be added, else nothing."""
    try:
        return int(value) + int(arg)
    except (ValueError, TypeError, OverflowError):
        try:
            return value + arg
        except Exception:
            return ""


@register.filter(is_safe=False)
def divisibleby(value: Any, arg: Any) -> bool:
    return int(value) % int(arg) == 0


@register.filter(is_safe=False)
def get_digit(value: Any, arg: Any) -> Any:
    """The digit so many from the right; the value itself where that makes no sense."""
    try:
        place = int(arg)
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        return value
    if place < 1:
        return number
    return abs(number) // 10 ** (place - 1) % 10 if place <= MAX_DIGITS else 0


@register.filter(is_safe=True)
def floatformat(value: Any, arg: Any = -1) -> Any:
    """Rounded to `arg` places; a negative count shows them only where they are not zero.

    A "g" behind the count groups thousands; a "u" leaves the number in its plainest form.
    """
    grouped = False
    if isinstance(arg, str):
        count = arg.removesuffix("g").removesuffix("u").removesuffix("g")
        grouped = arg.endswith("g") and "u" not in arg[-2:]
        arg = count or -1
    number = _decimal(value)
    if number is None:
        return ""
    try:
        places = int(arg)
    except ValueError:
        return str(value)
    if not number.is_finite():
        return str(value)
    _, digits, exponent = number.as_tuple()
    if len(digits) + abs(int(exponent)) > MAX_DIGITS or abs(places) > MAX_DIGITS:
        return str(value)
    if places < 0 and number == number.to_integral_value():
        places = 0
    unit = Decimal(1).scaleb(-abs(places))
    rounded = number.quantize(unit, ROUND_HALF_UP, Context(prec=2 * MAX_DIGITS + 1))
    if not rounded:
        rounded = abs(rounded)  # no "-0"
    return mark_safe(f"{rounded:,f}" if grouped else f"{rounded:f}")


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        try:
            return Decimal(str(float(value)))
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            return None


@register.filter(is_safe=True)
def filesizeformat(bytes_: Any) -> str:
    """Bytes, KB, MB and so on, with a space that does not break."""
    try:
        count = int(bytes_)
    except (TypeError, ValueError, OverflowError):
        return "0\xa0bytes"
    sign = "-" if count < 0 else ""
    count = abs(count)
    if count < 1024:
        return f"{sign}{count}\xa0byte{'' if count == 1 else 's'}"
    power = min((count.bit_length() - 1) // 10, len(UNITS))
    try:
        size = Decimal(repr(round(count / 1024**power, 1)))
    except OverflowError:  # more than a float holds
        size = Decimal(count // 1024**power)
    return f"{sign}{size:.1f}\xa0{UNITS[power - 1]}"


UNITS = ("KB", "MB", "GB", "TB", "PB")
