import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework import signing
from miniframework.signing import BadSignature, SignatureExpired, Signer, TimestampSigner

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.text(st.characters(codec="utf-8")))
def test_what_was_signed_comes_back(value: str) -> None:
    assert Signer(key="k").unsign(Signer(key="k").sign(value)) == value


@given(VALUES, st.booleans())
def test_any_json_comes_back(value: Any, compress: bool) -> None:
    assert signing.loads(signing.dumps(value, key="k", compress=compress), key="k") == value


@given(st.integers())
def test_base_62_is_its_own_inverse(number: int) -> None:
    assert signing.b62_decode(signing.b62_encode(number)) == number


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s + "A",
        lambda s: "X" + s[1:],
        lambda s: s.replace(":", ";"),
        lambda s: "",
        lambda s: ":",
        lambda s: s.swapcase(),
        lambda s: s + "é",
    ],
)
def test_a_changed_letter_is_noticed(change: Any) -> None:
    with pytest.raises(BadSignature):
        Signer(key="k").unsign(change(Signer(key="k").sign("value")))


def test_key_and_salt_keep_signatures_apart() -> None:
    signed = Signer(key="k", salt="a").sign("value")
    with pytest.raises(BadSignature):
        Signer(key="k", salt="b").unsign(signed)
    with pytest.raises(BadSignature):
        Signer(key="j", salt="a").unsign(signed)
    assert Signer(key="j", salt="a", fallback_keys=["k"]).unsign(signed) == "value"


def test_a_signature_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = TimestampSigner(key="k")
    signed = signer.sign("value")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 100)
    assert signer.unsign(signed, max_age=200) == "value"
    with pytest.raises(SignatureExpired):
        signer.unsign(signed, max_age=50)
    with pytest.raises(SignatureExpired):
        signer.unsign(signed, max_age=timedelta(seconds=50))


def test_a_separator_that_could_be_part_of_a_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="sep="):
        Signer(key="k", sep="-")


def test_a_small_value_does_not_unpack_to_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = signing.dumps("a" * 10_000, key="k", compress=True)
    monkeypatch.setattr(signing, "MAX_UNPACKED", 1000)
    with pytest.raises(BadSignature, match="unpacks to more"):
        signing.loads(signed, key="k")


@pytest.mark.parametrize("value", ["v", "v:", "v:!", ""])
def test_what_was_signed_without_a_time_has_none(value: str) -> None:
    signed = Signer(key="k", salt="s").sign(value)
    with pytest.raises(BadSignature, match="timestamp"):
        TimestampSigner(key="k", salt="s").unsign(signed)
