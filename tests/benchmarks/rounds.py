"""Measuring in rounds: A B C A B C, never A A B B.

A machine is now faster, now slower (its temperature, its neighbours). Where each contender is
measured once in each round, a slow minute is everybody's; the median over the rounds then
forgets it, and the ratio of two medians says what we want to know.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class Unavailable(Exception):
    """What a probe needs is not here, or it failed; the message is shown in place of its row."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that is measured once a round: in about so many seconds, these figures."""

    keys: tuple[str, ...]  # what its figures are called in the rows
    measure: Callable[[int], tuple[float, ...]]


@dataclass(slots=True)
class Results:
    figures: dict[str, list[float]] = field(default_factory=dict)  # by key, one a round
    missing: dict[str, str] = field(default_factory=dict)  # by key, the reason

    def median(self, key: str) -> float | None:
        """None where it is missing, and where it was missing in one of the rounds."""
        if key in self.missing or key not in self.figures:
            return None
        return statistics.median(self.figures[key])


def run(
    probes: Sequence[Probe], rounds: int, seconds: int, before_each: Callable[[int, Probe], None]
) -> Results:
    """Each probe once a round. One that fails is left out from then on."""
    results = Results()
    for number in range(1, rounds + 1):
        for probe in probes:
            before_each(number, probe)
            if probe.keys[0] in results.missing:
                continue
            try:
                figures = probe.measure(seconds)
            except Unavailable as reason:
                results.missing.update(dict.fromkeys(probe.keys, str(reason)))
                continue
            for key, figure in zip(probe.keys, figures, strict=True):
                results.figures.setdefault(key, []).append(figure)
    return results
