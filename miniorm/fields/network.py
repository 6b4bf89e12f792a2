"""A field of network addresses. Beside step 6.

IPv6 has many ways to write one address; kept is the short one of RFC 5952, so that equal
addresses are equal texts. In Django: `GenericIPAddressField`.
"""

import ipaddress
from typing import Any

from miniorm.errors import ImproperlyConfigured, ValidationError
from miniorm.fields.base import Field
from miniorm.validators import IP_ADDRESSES


class GenericIPAddressField(Field):
    """An IPv4 or IPv6 address as text; `protocol` allows one kind only.

    With `unpack_ipv4`, "::ffff:192.0.2.1" becomes "192.0.2.1".
    """

    empty_strings_allowed = False
    type_name = "an IP address"
    form_class = "GenericIPAddressField"
    form_options = ("protocol",)
    default_error_messages = {"invalid": "Enter a valid %(protocol)s address."}

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        protocol: str = "both",
        unpack_ipv4: bool = False,
        **options: Any,
    ) -> None:
        options["max_length"] = 39  # eight groups of four digits, and what parts them
        super().__init__(verbose_name, name, **options)
        self.protocol = protocol
        self.unpack_ipv4 = unpack_ipv4
        if protocol.lower() not in IP_ADDRESSES:
            raise ImproperlyConfigured(
                f"The protocol of a GenericIPAddressField is one of {', '.join(IP_ADDRESSES)}, "
                f"not {protocol!r}."
            )
        if unpack_ipv4 and protocol.lower() != "both":
            raise ImproperlyConfigured("unpack_ipv4 can only be used with the protocol 'both'.")
        if self.blank and not self.null:
            raise ImproperlyConfigured(
                "A GenericIPAddressField that may be blank needs null=True: an empty text is no "
                "address, and is kept as NULL."
            )

    @property
    def validators(self) -> list[Any]:
        return [*super().validators, IP_ADDRESSES[self.protocol.lower()]]

    def to_python(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        text = str(value).strip()
        if ":" not in text:
            return text
        try:
            address = ipaddress.IPv6Address(text)
        except ValueError:
            raise self.invalid("invalid", value, protocol="IPv6") from None
        mapped = address.ipv4_mapped
        if mapped is None:
            return str(address)
        return str(mapped) if self.unpack_ipv4 else f"::ffff:{mapped}"

    def get_prep_value(self, value: Any) -> Any:
        try:
            text = self.to_python(value)
            return text if text is None else (ipaddress.ip_address(text), text)[1]
        except (ValidationError, ValueError) as error:
            raise self.refuse(value) from error

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_ipaddressfield_value(value)
