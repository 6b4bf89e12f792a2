"""Whose turn it is, who rests and for how long, and which connections are kept."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.addresses import ListenError
from httpserver.balancing import Backend, Group, parse_upstream

NOW = 1000.0


def group(weights: str = "1 1 1", balance: str = "round robin") -> Group:
    """Backends A, B, C..., each with its weight."""
    backends = [
        Backend(f"127.0.0.1:{number}", weight=int(weight))
        for number, weight in enumerate(weights.split(), start=7001)
    ]
    return Group(backends, balance=balance)


def letter(servers: Group, backend: Backend | None) -> str:
    return "-" if backend is None else "ABCDEFGH"[list(servers.backends).index(backend)]


def turns(servers: Group, count: int) -> str:
    return "".join(letter(servers, servers.choose(now=NOW)) for _ in range(count))


# --- Whose turn it is ---


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("1 1", "ABAB"),
        ("1 1 1", "ABCABC"),
        ("3 1", "AABAAABA"),
        ("5 1 1", "AABACAA"),
        ("2 3", "BABAB"),
    ],
)
def test_turns_go_by_weight_and_evenly(weights: str, expected: str) -> None:
    assert turns(group(weights), len(expected)) == expected


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_in_a_full_round_everybody_gets_its_weight(weights: list[int]) -> None:
    servers = group(" ".join(map(str, weights)))
    for _ in range(2):
        counted = Counter(turns(servers, sum(weights)))
        assert [counted["ABCDEFGH"[place]] for place in range(len(weights))] == weights


@pytest.mark.parametrize(
    ("weights", "active", "expected"),
    [
        ("1 1 1", [2, 1, 3], "B"),
        ("1 1 1", [0, 0, 0], "A"),
        ("4 1", [3, 1], "A"),
        ("4 1", [4, 0], "B"),
        ("1 1", [1, 0], "B"),
    ],
)
def test_least_connections_go_by_load_for_the_weight(
    weights: str, active: list[int], expected: str
) -> None:
    servers = group(weights, "least connections")
    for backend, count in zip(servers.backends, active, strict=True):
        backend.active = count
    assert letter(servers, servers.choose(now=NOW)) == expected


def test_among_those_with_equally_few_connections_turns_are_taken() -> None:
    servers = group("1 1 1", "least connections")
    servers.backends[0].active = 5
    assert turns(servers, 4) == "BCBC"


def test_round_robin_does_not_ask_who_is_busy() -> None:
    servers = group("1 1")
    servers.backends[0].active = 5
    assert turns(servers, 2) == "AB"


def test_who_was_tried_is_not_chosen_again() -> None:
    servers = group("1 1 1")
    tried: list[Backend] = []
    while (backend := servers.choose(tried, NOW)) is not None:
        tried.append(backend)
    assert len(tried) == len(set(map(id, tried))) == 3


def test_who_rests_is_passed_over_until_its_time_is_up() -> None:
    servers = group("1 1")
    servers.backends[0].rests_until = NOW + 10
    assert turns(servers, 3) == "BBB"
    servers.backends[1].rests_until = NOW + 10
    assert servers.choose(now=NOW) is None
    assert servers.choose(now=NOW + 10) is not None


def test_who_comes_back_from_a_rest_gets_no_more_than_its_share() -> None:
    servers = group("1 1")
    servers.backends[0].rests_until = NOW + 10
    turns(servers, 50)
    later = [letter(servers, servers.choose(now=NOW + 10)) for _ in range(6)]
    assert sorted(later) == list("AAABBB")


def test_one_server_alone_never_rests() -> None:
    servers = group("1")
    only = servers.backends[0]
    for _ in range(5):
        servers.failed(only, NOW)
    assert servers.choose(now=NOW) is only


# --- Failures ---


@pytest.mark.parametrize(
    ("max_fails", "moments", "rests"),
    [
        (1, [0], True),
        (3, [0, 1], False),
        (3, [0, 1, 2], True),
        (3, [0, 1, 12], False),  # the first two are forgotten: they are too long ago
        (3, [0, 11, 12, 13], True),
        (0, [0, 1, 2, 3], False),  # 0: it never rests
    ],
)
def test_so_many_failures_within_so_long_are_a_rest(
    max_fails: int, moments: list[int], rests: bool
) -> None:
    backend = Backend("127.0.0.1:7001", max_fails=max_fails, fail_timeout=10)
    servers = Group([backend, Backend("127.0.0.1:7002")])
    for moment in moments:
        servers.failed(backend, NOW + moment)
    end = NOW + moments[-1]
    assert (backend.rests_until > end) is rests
    assert backend.rests_until in (0, end + 10)


def test_a_success_wipes_the_failures_out() -> None:
    backend = Backend("127.0.0.1:7001", max_fails=2)
    servers = Group([backend, Backend("127.0.0.1:7002")])
    for _ in range(5):
        servers.failed(backend, NOW)
        servers.succeeded(backend)
    assert backend.rests_until <= NOW


# --- Idle connections ---


@contextmanager
def pairs(count: int) -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Connections, each as (ours, the server's)."""
    found = [socket.socketpair() for _ in range(count)]
    for ours, _ in found:
        ours.setblocking(False)
    try:
        yield found
    finally:
        for pair in found:
            for sock in pair:
                sock.close()


def test_the_youngest_connection_is_used_first() -> None:
    servers = group("1")
    backend = servers.backends[0]
    with pairs(3) as connections:
        for number, (ours, _) in enumerate(connections):
            servers.keep_idle(backend, ours, NOW + number)
        taken = [servers.take_idle(backend, NOW + 5) for _ in range(4)]
        assert taken == [connections[2][0], connections[1][0], connections[0][0], None]


def test_no_more_connections_are_kept_than_there_should_be() -> None:
    servers = group("1")
    servers.keep_alive = 2
    backend = servers.backends[0]
    with pairs(3) as connections:
        for ours, _ in connections:
            servers.keep_idle(backend, ours, NOW)
        assert [sock for _, sock in backend.idle] == [pair[0] for pair in connections[1:]]
        assert connections[0][0].fileno() == -1, "the oldest is closed"
        assert connections[0][1].recv(1) == b""


def test_a_connection_that_was_idle_too_long_is_closed() -> None:
    servers = group("1")
    backend = servers.backends[0]
    with pairs(2) as ((first, _), (second, _)):
        servers.keep_idle(backend, first, NOW)
        servers.keep_idle(backend, second, NOW + servers.idle_timeout + 1)
        assert first.fileno() == -1
        assert servers.take_idle(backend, NOW + 2 * servers.idle_timeout + 1) is None
        assert second.fileno() == -1


@pytest.mark.parametrize("what", ["it was closed", "an answer nobody asked for"])
def test_a_connection_that_is_not_silent_is_not_used(what: str) -> None:
    servers = group("1")
    backend = servers.backends[0]
    with pairs(2) as ((good, _), (bad, other)):
        servers.keep_idle(backend, good, NOW)
        servers.keep_idle(backend, bad, NOW)
        if what == "it was closed":
            other.close()
        else:
            other.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        assert servers.take_idle(backend, NOW) is good
        assert bad.fileno() == -1


def test_a_group_that_is_closed_lets_go_of_its_connections() -> None:
    servers = group("1 1")
    with pairs(2) as connections:
        for backend, (ours, _) in zip(servers.backends, connections, strict=True):
            servers.keep_idle(backend, ours, time.monotonic())
        servers.close()
        assert all(ours.fileno() == -1 for ours, _ in connections)
        assert not any(backend.idle for backend in servers.backends)


# --- Addresses ---


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("http://127.0.0.1:8000/", ("127.0.0.1", 8000)),
        ("[::1]:8000", ("::1", 8000)),
        ("unix:/run/app.sock", "/run/app.sock"),
    ],
)
def test_where_a_server_is(address: str, target: object) -> None:
    assert Backend(address).target == target


def test_a_name_that_nobody_knows_is_an_error_at_once() -> None:
    with pytest.raises(ListenError, match=r"No address is known for 'nobody\.invalid'"):
        Backend("nobody.invalid:80")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.0.0.1/", "127.0.0.1:80"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("[::1]:8000", "[::1]:8000"),
        ("unix:/run/app.sock", "unix:/run/app.sock"),
    ],
)
def test_the_address_of_a_server_is_read(text: str, where: str) -> None:
    assert str(parse_upstream(text)) == where


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("https://127.0.0.1:8000", "only http://"),
        ("http://127.0.0.1:8000/app", "has a path"),
        ("127.0.0.1:0", "no address of a server"),
        ("nonsense:x", "no address of a server"),
        ("", "no address of a server"),
    ],
)
def test_what_is_no_address_of_a_server_is_told(text: str, problem: str) -> None:
    with pytest.raises(ListenError, match=problem):
        parse_upstream(text)
