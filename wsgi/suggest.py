"""The likeliest word where an unknown one was found: "did you mean ...?".

No step of the trip: what makes an error message kind. Written the same in each
layer that needs it, since no layer may fetch it from another.
"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence, with a space before it, or "" where nothing is near."""
    near = get_close_matches(word, [str(name) for name in known], n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
