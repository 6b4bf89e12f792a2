"""What this layer tells to whoever looks on: the observer hook.

Every layer has this same small file. Along the trip the layer announces what
happens (`announce("view.start", request=request)`), and never knows who listens:
a tracer, a profiler, a test. With nobody listening the cost is one `if`.

A name that ends in ".start" opens a span, the same name with ".end" closes it, also
when an error passed through; every other name is a moment. ARCHITECTURE.md lists
all names beside their step.
"""

import logging
from collections.abc import Callable
from typing import Any

Observer = Callable[[str, dict[str, Any]], None]

observers: list[Observer] = []


def observe(callback: Observer) -> Callable[[], None]:
    """Call `callback(name, details)` at every announcement; returns what ends that.

    Callbacks run in place, on the thread of what they observe, so they must be quick.
    """
    observers.append(callback)
    return lambda: observers.remove(callback)


def announce(name: str, /, **details: Any) -> None:
    """Tell every observer. What one of them raises is logged and dropped.

    Callers write `if observers: announce(...)`, so that a trip nobody watches
    does not even build the details.
    """
    for callback in tuple(observers):
        try:
            callback(name, details)
        except Exception:
            logging.getLogger(__name__).exception("an observer of %r failed", name)
