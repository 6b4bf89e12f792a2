import gc

import pytest

from miniorm.signals import (
    Signal,
    post_delete,
    post_init,
    post_save,
    pre_delete,
    pre_init,
    pre_save,
    receiver,
)
from tests.miniorm.library import ALL, Author


def test_receivers_are_called_in_order_with_what_was_sent():
    signal, heard = Signal(), []

    @receiver(signal)
    def first(sender, **details):
        heard.append(("first", sender, details["number"]))
        return 1

    @receiver([signal])
    def second(sender, **details):
        heard.append(("second", sender, details["number"]))

    assert signal.send("me", number=3) == [(first, 1), (second, None)]
    assert heard == [("first", "me", 3), ("second", "me", 3)]


def test_a_receiver_of_one_sender_hears_no_other():
    signal, heard = Signal(), []
    signal.connect(lambda sender, **_: heard.append(sender), sender=Author, weak=False)
    signal.send(Author)
    signal.send(str)
    assert heard == [Author]
    assert signal.has_listeners(Author)
    assert not signal.has_listeners(str)


def test_a_weak_receiver_is_forgotten_with_its_object():
    signal = Signal()

    class Listener:
        def hear(self, **_):
            return "heard"

    listener = Listener()
    signal.connect(listener.hear)
    assert [answer for _, answer in signal.send(None)] == ["heard"]
    del listener
    gc.collect()
    assert signal.send(None) == []


def test_the_same_dispatch_uid_is_connected_once():
    signal = Signal()
    for _ in range(2):
        signal.connect(lambda **_: None, weak=False, dispatch_uid="one")
    assert len(signal.send(None)) == 1
    assert signal.disconnect(dispatch_uid="one")
    assert not signal.disconnect(dispatch_uid="one")
    assert signal.send(None) == []


def test_send_robust_gives_the_error_as_the_answer():
    signal = Signal()

    @receiver(signal)
    def fails(**_):
        raise ValueError("no")

    ((_, answer),) = signal.send_robust(None)
    assert isinstance(answer, ValueError)
    with pytest.raises(ValueError, match="no"):
        signal.send(None)


def test_models_call_out(database):
    database.make_tables(*ALL)
    heard = []
    names = {
        pre_init: "pre_init", post_init: "post_init", pre_save: "pre_save",
        post_save: "post_save", pre_delete: "pre_delete", post_delete: "post_delete",
    }  # fmt: skip

    def hear(signal, sender, **details):
        heard.append((names[signal], details.get("created")))

    for signal in names:
        signal.connect(hear, sender=Author)
    try:
        author = Author.objects.create(name="x")
        author.save()
        Author.objects.get()
        author.delete()
    finally:
        for signal in names:
            signal.disconnect(hear, sender=Author)
    assert heard == [
        ("pre_init", None), ("post_init", None),
        ("pre_save", None), ("post_save", True),
        ("pre_save", None), ("post_save", False),
        ("pre_init", None), ("post_init", None),
        ("pre_delete", None), ("post_delete", None),
    ]  # fmt: skip
