"""The same file, made smaller beforehand: which coding does the client want?

Step 1 of the trip. `app.js.br` beside `app.js` is the same thing in another coding, made
once by whoever put it there and not for every client anew. What the client can read is in
Accept-Encoding, with a weight for each coding; what it gets must say so, or a cache would
give compressed bytes to somebody who cannot read them.

RFC 9110: 8.4 (codings), 12.4.2 (weights), 12.5.3 (Accept-Encoding), 12.5.5 (Vary).
In Nginx: ngx_http_gzip_static_module.c, and the directive brotli_static of a module beside.
"""

import re
from operator import itemgetter

IDENTITY = "identity"  # as it is

# Coding to suffix, the smallest result first: of equal weights the first is taken.
SUFFIXES = {"br": ".br", "gzip": ".gz"}

_UNSAID = 0.0001  # less than any weight that can be written: "if you have nothing better"

# weight = OWS ";" OWS "q=" qvalue; what follows the semicolon, of three decimals at most.
_WEIGHT = re.compile(r"[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*")


def parse_accept_encoding(field: str) -> dict[str, float]:
    """Coding to weight, in lower case; a member with a malformed weight counts as not there."""
    weights: dict[str, float] = {}
    for member in field.lower().split(","):
        coding, semicolon, rest = member.partition(";")
        weight = 1.0
        if semicolon:
            match = _WEIGHT.fullmatch(rest)
            if match is None:
                continue
            weight = float(match[1])
        weights[coding.strip(" \t")] = weight
    if "x-gzip" in weights:  # its old name (RFC 9110, 8.4.1.3)
        weights.setdefault("gzip", weights["x-gzip"])
    return weights


def accepted_codings(field: str) -> list[str]:
    """Those of br, gzip and identity that the client takes, the best first.

    A weight of 0 refuses. `*` speaks for all that are not named. Identity alone need not be
    named: it is taken as the last resort unless it is refused.
    """
    weights = parse_accept_encoding(field)
    others = weights.get("*", 0.0)
    found = [(weights.get(coding, others), coding) for coding in SUFFIXES]
    found.append((weights.get(IDENTITY, weights.get("*", _UNSAID)), IDENTITY))
    found.sort(key=itemgetter(0), reverse=True)  # stable: equal weights stay in our order
    return [coding for weight, coding in found if weight]
