"""Signals: a model calls out, and whoever connected hears it.

Step 6 of the trip, beside the road: `post_save` is sent when a row was written, so that
another application can react without this one knowing of it.

    @receiver(post_save, sender=Question)
    def tell(sender, instance, created, **kwargs): ...

Unlike the observer hook in `events.py`, which only looks on, a signal is part of the
product: what a receiver raises goes up to whoever saved. Django: its page "Signals"; in
Django: `django.dispatch` and `django.db.models.signals`.
"""

import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Receiver = Callable[..., Any]


class Connected(NamedTuple):
    """One receiver, by what identifies it, for one sender (None: for all)."""

    key: Any
    sender_id: int | None
    reference: Callable[[], Receiver | None]


class Signal:
    """A named place to connect receivers to; they are called in the order they came."""

    def __init__(self, use_caching: bool = False) -> None:
        self._lock = threading.Lock()
        # Replaced, never changed: send() goes through it without taking the lock.
        self.receivers: tuple[Connected, ...] = ()

    def connect(
        self,
        receiver: Receiver,
        sender: Any = None,
        weak: bool = True,
        dispatch_uid: Any = None,
    ) -> None:
        """Have `receiver(signal=, sender=, **details)` called from now on, once per sending.

        A weak receiver is forgotten with its function or object. Connecting the same one
        again (or the same `dispatch_uid`) changes nothing.
        """
        if not callable(receiver):
            raise TypeError(f"A signal's receiver must be callable, not {receiver!r}.")
        key, sender_id = _key(receiver, dispatch_uid), _sender_id(sender)
        entry = Connected(key, sender_id, _reference(receiver, weak))
        with self._lock:
            living = tuple(each for each in self.receivers if each.reference() is not None)
            if not any((each.key, each.sender_id) == (key, sender_id) for each in living):
                living += (entry,)
            self.receivers = living

    def disconnect(
        self, receiver: Receiver | None = None, sender: Any = None, dispatch_uid: Any = None
    ) -> bool:
        """Undo `connect` with the same arguments; whether there was something to undo."""
        wanted = (_key(receiver, dispatch_uid), _sender_id(sender))
        with self._lock:
            kept = tuple(each for each in self.receivers if (each.key, each.sender_id) != wanted)
            found = len(kept) < len(self.receivers)
            self.receivers = kept
        return found

    def has_listeners(self, sender: Any = None) -> bool:
        return bool(self.receivers) and bool(self._for(sender))

    def send(self, sender: Any, **named: Any) -> list[tuple[Receiver, Any]]:
        """Call the receivers in order; the first error ends it and is the sender's."""
        if not self.receivers:
            return []
        return [
            (receiver, receiver(signal=self, sender=sender, **named))
            for receiver in self._for(sender)
        ]

    def send_robust(self, sender: Any, **named: Any) -> list[tuple[Receiver, Any]]:
        """As `send`, but an error is logged, and stands in the result as the answer."""
        answers: list[tuple[Receiver, Any]] = []
        for receiver in self._for(sender):
            try:
                answers.append((receiver, receiver(signal=self, sender=sender, **named)))
            except Exception as error:
                logging.getLogger(__name__).exception("a receiver of a signal failed")
                answers.append((receiver, error))
        return answers

    def _for(self, sender: Any) -> list[Receiver]:
        wanted = (None, _sender_id(sender))
        candidates = [each.reference() for each in self.receivers if each.sender_id in wanted]
        return [receiver for receiver in candidates if receiver is not None]


def _sender_id(sender: Any) -> int | None:
    return None if sender is None else id(sender)


def _key(receiver: Any, dispatch_uid: Any) -> Any:
    if dispatch_uid is not None:
        return dispatch_uid
    # A bound method is a new object each time it is looked up: its two halves are not.
    if hasattr(receiver, "__self__") and hasattr(receiver, "__func__"):
        return (id(receiver.__self__), id(receiver.__func__))
    return id(receiver)


def _reference(receiver: Any, weak: bool) -> Callable[[], Receiver | None]:
    if not weak:
        return lambda: receiver
    if hasattr(receiver, "__self__") and hasattr(receiver, "__func__"):
        return weakref.WeakMethod(receiver)
    return weakref.ref(receiver)


def receiver(signal: Signal | Iterable[Signal], **options: Any) -> Callable[[Receiver], Receiver]:
    """Connect the decorated function to a signal, or to each of several."""
    signals = [signal] if isinstance(signal, Signal) else list(signal)

    def connect(function: Receiver) -> Receiver:
        for each in signals:
            each.connect(function, **options)
        return function

    return connect


class_prepared = Signal()  # sender: the model class, once it is complete
pre_init = Signal()  # args, kwargs
post_init = Signal()  # instance
pre_save = Signal()  # instance, raw, using, update_fields
post_save = Signal()  # instance, created, raw, using, update_fields
pre_delete = Signal()  # instance, using, origin
post_delete = Signal()  # instance, using, origin
m2m_changed = Signal()  # action, instance, reverse, model, pk_set, using
