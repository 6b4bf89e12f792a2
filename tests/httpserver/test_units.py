"""Sizes, times and rates as people write them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.units import rate, seconds, shown, size

SIZES = {
    "bytes": (1000, 1000),
    "none": (0, 0),
    "bytes as text": ("512", 512),
    "KiB": ("4 KiB", 4096),
    "MiB without a space": ("10MiB", 10 * 2**20),
    "half a GiB": ("0.5 GiB", 2**29),
    "a whole float": (2.0, 2),
}
SECONDS = {
    "an int": (10, 10.0),
    "a float": (0.25, 0.25),
    "s": ("10s", 10.0),
    "ms": ("500ms", 0.5),
    "m": ("2m", 120.0),
    "h": ("1 h", 3600.0),
}
RATES = {"a second": ("10/s", 10.0), "a minute": ("30/min", 0.5), "an hour": ("36/h", 0.01)}


@pytest.mark.parametrize(("written", "meant"), SIZES.values(), ids=SIZES.keys())
def test_a_size_is_bytes(written: Any, meant: int) -> None:
    assert size(written) == meant
    assert isinstance(size(written), int)


@pytest.mark.parametrize(("written", "meant"), SECONDS.values(), ids=SECONDS.keys())
def test_a_time_is_seconds(written: Any, meant: float) -> None:
    assert seconds(written) == pytest.approx(meant)
    assert isinstance(seconds(written), float)


@pytest.mark.parametrize(("written", "meant"), RATES.values(), ids=RATES.keys())
def test_a_rate_is_times_a_second(written: str, meant: float) -> None:
    assert rate(written) == pytest.approx(meant)


@pytest.mark.parametrize(
    ("read", "written", "suggestion"),
    [
        (size, "10M", 'found "10M". Did you mean "10 MiB"?'),
        (size, "1.5kb", 'found "1.5kb". Did you mean "1.5 KiB"?'),
        (size, "10 TiB", 'such as 1048576 or "1 MiB"; found "10 TiB"'),
        (rate, "10r/s", 'found "10r/s". Did you mean "10/s"?'),
        (rate, "30r/m", 'found "30r/m". Did you mean "30/min"?'),
        (rate, "5", 'found "5". Did you mean "5/s"?'),
        (seconds, "1d", 'such as 10 or "10s", "500ms", "2m", "1h"; found "1d"'),
    ],
)
def test_a_unit_that_is_not_known_is_answered_with_one_that_is(
    read: Any, written: str, suggestion: str
) -> None:
    with pytest.raises(ValueError) as refused:
        read(written)
    assert str(refused.value).endswith(suggestion)


NO_NUMBERS = (True, None, [], {}, -1, "-1", "", "x", "1,5 KiB", "1 2", math.nan, math.inf, 10**400)


@pytest.mark.parametrize("read", [size, seconds, rate])
@pytest.mark.parametrize("written", NO_NUMBERS, ids=lambda value: repr(value)[:10])
def test_what_is_no_quantity_is_refused(read: Any, written: Any) -> None:
    with pytest.raises(ValueError, match="expected a "):
        read(written)


@pytest.mark.parametrize("written", [1.5, "0.0001 KiB"])
def test_half_a_byte_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match="a size in bytes"):
        size(written)


@pytest.mark.parametrize("written", ["0/s", "0.0/min"])
def test_a_rate_of_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a rate"):
        rate(written)


@given(st.text() | st.integers() | st.floats() | st.booleans())
def test_nothing_but_a_bounded_number_or_a_value_error_comes_out(value: Any) -> None:
    for read in (size, seconds, rate):
        try:
            found = read(value)
        except ValueError:
            continue
        assert 0 <= found < 2**63


def test_values_are_shown_short_and_as_toml_has_them() -> None:
    assert shown(True) == "true"
    assert shown("a\n") == '"a\\n"'
    assert shown({"a": 1}) == "a table"
    assert shown([1]) == "a list"
    assert len(shown("x" * 1000)) == 80
