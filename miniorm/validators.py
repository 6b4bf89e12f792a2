"""What a value must be beyond its type: the validators of fields.

Before step 6: `full_clean()` calls them. A validator is any callable that raises
ValidationError for a value it does not accept. Django: its page "Validators"; in Django:
`django.core.validators`.
"""

import ipaddress
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from miniorm.errors import ValidationError

EMPTY_VALUES: tuple[Any, ...] = (None, "", [], (), {})

# The address as people use it. RFC 5321 allows more (quoted local parts, address
# literals), and only a message sent there proves that an address works.
EMAIL = re.compile(
    r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+(\.[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*"
    r"@(([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.)+"
    r"([A-Za-z]{2,63}|xn--[-A-Za-z0-9]{1,59})|localhost)"
)


class _Comparable:
    """Two validators of a kind with the same limits are equal."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), repr(sorted(vars(self).items()))))


class RegexValidator(_Comparable):
    """The value matches a regular expression (anywhere in it, unless anchored)."""

    def __init__(
        self,
        regex: str | re.Pattern[str] = "",
        message: str = "Enter a valid value.",
        code: str = "invalid",
        inverse_match: bool = False,
    ) -> None:
        self.regex = re.compile(regex)
        self.message = message
        self.code = code
        self.inverse_match = inverse_match

    def __call__(self, value: Any) -> None:
        if bool(self.regex.search(str(value))) == self.inverse_match:
            raise ValidationError(self.message, code=self.code, params={"value": value})


class BaseValidator(_Comparable):
    """The value is compared with a limit."""

    message = "Ensure this value is %(limit_value)s (it is %(show_value)s)."
    code = "limit_value"

    def __init__(self, limit_value: Any, message: str | None = None) -> None:
        self.limit_value = limit_value
        self.message = message or self.message

    def clean(self, value: Any) -> Any:
        return value

    def compare(self, a: Any, b: Any) -> bool:
        """Whether the value `a` is refused at the limit `b`."""
        return bool(a is not b)

    def __call__(self, value: Any) -> None:
        found = self.clean(value)
        limit = self.limit_value() if callable(self.limit_value) else self.limit_value
        if self.compare(found, limit):
            params = {"limit_value": limit, "show_value": found, "value": value}
            raise ValidationError(self.message, code=self.code, params=params)


class MaxValueValidator(BaseValidator):
    message = "Ensure this value is less than or equal to %(limit_value)s."
    code = "max_value"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a > b)


class MinValueValidator(BaseValidator):
    message = "Ensure this value is greater than or equal to %(limit_value)s."
    code = "min_value"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a < b)


class StepValueValidator(BaseValidator):
    """A multiple of the limit, counted from `offset`."""

    message = "Ensure this value is a multiple of step size %(limit_value)s."
    code = "step_size"

    def __init__(self, limit_value: Any, message: str | None = None, offset: Any = None) -> None:
        super().__init__(limit_value, message)
        self.offset = offset

    def compare(self, a: Any, b: Any) -> bool:
        steps = (a - (self.offset or 0)) / b
        return not math.isclose(steps, round(steps), abs_tol=1e-9)


class MaxLengthValidator(BaseValidator):
    message = "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d)."
    code = "max_length"

    def clean(self, value: Any) -> int:
        return len(value)

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a > b)


class MinLengthValidator(MaxLengthValidator):
    message = "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d)."
    code = "min_length"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a < b)


validate_slug = RegexValidator(
    r"\A[-a-zA-Z0-9_]+\Z",
    "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
)

validate_unicode_slug = RegexValidator(
    r"\A[-\w]+\Z",
    "Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens.",
)


class ProhibitNullCharactersValidator(_Comparable):
    """No character of code 0: PostgreSQL's text cannot hold it."""

    message = "Null characters are not allowed."
    code = "null_characters_not_allowed"

    def __init__(self, message: str | None = None, code: str | None = None) -> None:
        self.message = message or self.message
        self.code = code or self.code

    def __call__(self, value: Any) -> None:
        if "\0" in str(value):
            raise ValidationError(self.message, code=self.code, params={"value": value})


class DecimalValidator(_Comparable):
    """At most so many digits, and so many of them after the point."""

    # Error code -> what there may be how many of.
    counts = {
        "max_digits": "digit%(s)s in total",
        "max_decimal_places": "decimal place%(s)s",
        "max_whole_digits": "digit%(s)s before the decimal point",
    }

    def __init__(self, max_digits: int, decimal_places: int) -> None:
        self.max_digits = max_digits
        self.decimal_places = decimal_places

    def __call__(self, value: Decimal) -> None:
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise ValidationError("Enter a number.", code="invalid", params={"value": value})
        places = max(-exponent, 0)
        whole = max(len(digits) + exponent, 0) if any(digits) else 0
        for code, count, limit in (
            ("max_digits", whole + places, self.max_digits),
            ("max_decimal_places", places, self.decimal_places),
            ("max_whole_digits", whole, self.max_digits - self.decimal_places),
        ):
            if count > limit:
                what = self.counts[code] % {"s": "" if limit == 1 else "s"}
                raise ValidationError(
                    f"Ensure that there are no more than {limit} {what}.",
                    code=code,
                    params={"max": limit, "value": value},
                )


def _ip_validator(kind: Callable[[str], Any], words: str) -> Callable[[Any], None]:
    def validate(value: Any) -> None:
        try:
            kind(str(value))
        except ValueError:
            raise ValidationError(
                f"Enter a valid {words} address.",
                code="invalid",
                params={"protocol": words, "value": value},
            ) from None

    return validate


validate_ipv4_address = _ip_validator(ipaddress.IPv4Address, "IPv4")
validate_ipv6_address = _ip_validator(ipaddress.IPv6Address, "IPv6")
validate_ipv46_address = _ip_validator(ipaddress.ip_address, "IPv4 or IPv6")
# By the protocol of a GenericIPAddressField.
IP_ADDRESSES = {
    "both": validate_ipv46_address,
    "ipv4": validate_ipv4_address,
    "ipv6": validate_ipv6_address,
}


class EmailValidator(_Comparable):
    """An address of the common form; at most 320 characters (RFC 3696, erratum 1690)."""

    message = "Enter a valid email address."
    code = "invalid"

    def __init__(
        self, message: str | None = None, code: str | None = None, allowlist: Any = ("localhost",)
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.allowlist = list(allowlist)  # domains that need no dot

    def __call__(self, value: Any) -> None:
        text = str(value)
        user, _, domain = text.rpartition("@")
        if domain in self.allowlist:
            text = f"{user}@localhost"
        elif domain == "localhost":
            text = ""
        if len(text) > 320 or not EMAIL.fullmatch(text):
            raise ValidationError(self.message, code=self.code, params={"value": value})


validate_email = EmailValidator()
validate_integer = RegexValidator(r"\A-?\d+\Z", "Enter a valid integer.")


def int_list_validator(
    sep: str = ",", message: str | None = None, code: str = "invalid", allow_negative: bool = False
) -> RegexValidator:
    """A validator of whole numbers with `sep` between them."""
    number = rf"{'-?' if allow_negative else ''}\d+"
    words = message or "Enter only digits separated by commas."
    return RegexValidator(rf"\A{number}(?:{re.escape(sep)}{number})*\Z", words, code)


validate_comma_separated_integer_list = int_list_validator()


class URLValidator(_Comparable):
    """An absolute URL with one of the schemes; at most 2048 characters."""

    def __init__(self, schemes: tuple[str, ...] = ("http", "https", "ftp", "ftps")) -> None:
        self.schemes = schemes

    def __call__(self, value: Any) -> None:
        text = str(value)
        try:
            parts = urlsplit(text)
            _ = parts.port  # parsed, and refused, only when asked for
        except ValueError:
            parts = urlsplit("")
        spaces = any(character.isspace() for character in text)
        if len(text) > 2048 or spaces or parts.scheme not in self.schemes or not parts.hostname:
            raise ValidationError("Enter a valid URL.", code="invalid", params={"value": value})
