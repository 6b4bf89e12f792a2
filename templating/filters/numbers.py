"""Filters about numbers.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from templating.library import Library
from templating.safe import mark_safe

register = Library()

MAX_PLACES = 200  # digits that a template may ask for


@register.filter(is_safe=False)
def add(value: Any, arg: Any) -> Any:
    """The sum of two whole numbers, else of whatever can be added, else nothing."""
    try:
        return int(value) + int(arg)
    except (ValueError, TypeError):
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
        value = int(value)
    except ValueError:
        return value
    if place < 1:
        return value
    try:
        return int(str(value)[-place])
    except IndexError:
        return 0


@register.filter(is_safe=True)
def floatformat(value: Any, arg: Any = -1) -> Any:
    """Rounded to `arg` places; a negative count shows them only where they are not zero.

    A "g" behind the count groups thousands; a "u" (no localisation) is the rule here.
    """
    grouped = False
    if isinstance(arg, str):
        while arg[-1:] in ("g", "u"):
            grouped = grouped or arg[-1] == "g"
            arg = arg[:-1] or "-1"
    number = _decimal(value)
    if number is None:
        return ""
    try:
        places = int(arg)
    except ValueError:
        return value
    if not number.is_finite():
        return str(number)
    if abs(places) > MAX_PLACES or number.adjusted() > MAX_PLACES:
        return value
    if places < 0 and number == number.to_integral_value():
        places = 0
    digits = abs(places) + max(number.adjusted(), 0) + 2
    rounded = number.quantize(
        Decimal(1).scaleb(-abs(places)), ROUND_HALF_UP, Context(prec=max(digits, 28))
    )
    if not rounded:
        rounded = abs(rounded)  # no "-0"
    return mark_safe(f"{rounded:,f}" if grouped else f"{rounded:f}")


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        try:
            return Decimal(str(float(value)))
        except (ValueError, TypeError, InvalidOperation):
            return None


@register.filter(is_safe=True)
def filesizeformat(bytes_: Any) -> str:
    """Bytes, KB, MB and so on, with a space that does not break."""
    try:
        count = int(bytes_)
    except (TypeError, ValueError, UnicodeDecodeError):
        return "0\xa0bytes"
    sign = "-" if count < 0 else ""
    count = abs(count)
    if count < 1024:
        return f"{sign}{count}\xa0byte{'' if count == 1 else 's'}"
    size, unit = count / 1024, "KB"
    for larger in ("MB", "GB", "TB", "PB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{sign}{Decimal(size).quantize(Decimal('0.1'), ROUND_HALF_UP):f}\xa0{unit}"
