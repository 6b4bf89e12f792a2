"""One space before a colon, and who the application believes you are.

A gate removes the field X-User from what clients send and sets its own. Behind it stands
our own parser: with its guard off, then with its guard on.
"""

import re

from httpserver import parser
from httpserver.limits import Limits
from httpserver.messages import HTTPError

limits = Limits()
ATTACK = "GET /account HTTP/1.1\r\nHost: a\r\nX-User : root\r\n\r\n"


def gate(head: str) -> bytes:
    """Drop every field named X-User, add the true one."""
    line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
    kept = [field for field in fields if field.partition(":")[0].lower() != "x-user"]
    return "\r\n".join([line, *kept, "X-User: guest", "", ""]).encode("latin-1")


def who(head: bytes) -> str:
    try:
        users = parser.parse_head(head, limits).headers.get_all("x-user")
    except HTTPError as error:
        return f"refused, {error.status}: {error.detail}"
    return f"X-User is {users}, and a framework that takes the first serves {users[0]!r}"


strict = parser._FIELD_LINE
parser._FIELD_LINE = re.compile(
    rf"^({parser.TOKEN})[ \t]*:[ \t]*([^\x00-\x08\n-\x1f\x7f]*)\r$", re.MULTILINE
)
print("guard off:", who(gate(ATTACK)))
parser._FIELD_LINE = strict
print("guard on: ", who(gate(ATTACK)))
