"""How much one client may ask for: counted over all workers, in memory that they share.

Step 1 of the trip, before a body is read. One client that asks too fast, or too much at a time,
is delayed or refused, so that the others are served. Each worker sees only its part of what a
client does, so that all of them count in the same place: a table in memory that was mapped
before they were forked, and locks that the system takes away from whoever dies with them.

The table is built as the cache of a processor is: a client's number chooses a row, and in the
row it is one of a few entries. Looking for it takes the same time whoever else is there.

In Nginx: limit_req (ngx_http_limit_req_module.c) and limit_conn (ngx_http_limit_conn_module.c).
"""

import fcntl
import hashlib
import ipaddress
import math
import mmap
import os
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from httpserver.messages import Address
from httpserver.worker import SLOTS

WAYS = 8  # the entries of a row

# Digest of the address, when it was here last, how full its bucket was then: 32 bytes. What was
# never written is all zeros: an empty bucket of nobody, not used for longer than any other.
_ENTRY = struct.Struct("16sdd")
_ROW = struct.Struct("16sdd" * WAYS)
_MOST = 0xFFFF  # in progress at a time: a count has two bytes


class Refusal(NamedTuple):
    """Too much. `retry_after` is in whole seconds, as the field of that name has it."""

    status: int
    retry_after: int


class Zone:
    """A table of clients. To be made before the workers are forked.

    `rate` is requests a second; so many as `burst` may be ahead of it, and wait for their turn
    if there is a `delay`. `connections` is how many requests of a client may be in progress at
    a time, up to 65535. `clients` is how many addresses are remembered. `status` is that of a
    refusal.

    A client takes 32 bytes, and with `connections` two more for each worker. A call costs some
    8 microseconds, half of which are the lock. It is made by the loop's thread alone: a lock
    keeps processes apart, not threads.
    """

    def __init__(
        self,
        *,
        rate: float | None = None,
        burst: int = 0,
        delay: bool = True,
        connections: int | None = None,
        clients: int = 16384,
        status: int = 503,
    ) -> None:
        if rate is not None and not 0 < rate < math.inf:
            raise ValueError(f"rate is {rate}, but it is requests a second: 10, or 0.5.")
        self.rate = rate
        self.burst = burst
        self.delay = delay
        self.connections = None if connections is None else min(connections, _MOST)
        self.status = status
        self._rows = max(1, math.ceil(clients / WAYS))
        self._table = mmap.mmap(-1, self._rows * _ROW.size)
        # Else an attacker could look for addresses that push each other out.
        self._key = os.urandom(16)
        self._lock = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (open as long as we are)

        # Each slot has a column of its own, with a number for each entry. A sum for all of them
        # beside the columns would be wrong for ever if a worker was killed between writing the
        # two. What nobody has touched takes no memory, whatever size was mapped.
        self._column = self._rows * WAYS
        self._slot = 0
        self._last_slot = mmap.mmap(-1, 1)  # columns behind it are zero
        if connections is not None:
            self._counts = memoryview(mmap.mmap(-1, SLOTS * self._column * 2)).cast("H")

    # --- Who counts ---

    def claim(self, slot: int) -> None:
        """In a worker: count what is in progress here under this number (`Worker.slot`)."""
        self._slot = slot
        self.clear(slot)
        with self._locked(0):
            self._last_slot[0] = max(self._last_slot[0], slot)

    def clear(self, slot: int) -> None:
        """Whoever counted under this number has ended: nothing of that is in progress.

        No lock: nobody writes to this column now, and who reads it sees a number from before or 0.
        """
        if self.connections is not None:
            start = slot * self._column
            self._counts[start : start + self._column] = memoryview(bytes(self._column * 2)).cast(
                "H"
            )

    # --- What is counted ---

    def enter(self, client: Address, now: float | None = None) -> Refusal | float:
        """A request begins: the seconds that it has to wait for its turn, or a refusal.

        What was not refused is told to `leave` when it is over.
        """
        digest = self._digest(client)
        if digest is None:
            return 0.0
        row = self._row(digest)
        with self._locked(row):
            # All processes of a machine read the same clock; behind the lock it never goes back.
            now = time.monotonic() if now is None else now
            found = self._find(row, digest) or self._make_room(row, now)
            if found is None:
                return Refusal(self.status, 1)  # everybody in the row is at work
            entry, seen, level = found
            if self.connections is not None and self._in_progress(entry) >= self.connections:
                return Refusal(self.status, 1)
            wait: Refusal | float = 0.0
            if self.rate is not None:
                level, wait = self._fill(level - self.rate * (now - seen), self.rate)
            _ENTRY.pack_into(self._table, entry * _ENTRY.size, digest, now, level)
            if self.connections is not None and not isinstance(wait, Refusal):
                self._counts[self._slot * self._column + entry] += 1
            return wait

    def leave(self, client: Address) -> None:
        """A request that was let in is over."""
        digest = None if self.connections is None else self._digest(client)
        if digest is None:
            return
        row = self._row(digest)
        with self._locked(row):
            found = self._find(row, digest)
            if found is not None:
                cell = self._slot * self._column + found[0]
                self._counts[cell] = max(0, self._counts[cell] - 1)

    def _fill(self, level: float, rate: float) -> tuple[float, Refusal | float]:
        """The leaky bucket: each request fills it by one, and time empties it.

        How full it is after this request, and what that means for it.
        """
        level = max(0.0, level)
        if level > self.burst:
            # A refused request does not fill it, or a client that never stops asking would
            # never be let in again.
            return level, Refusal(self.status, max(1, math.ceil((level - self.burst) / rate)))
        return level + 1, level / rate if self.delay else 0.0

    def _in_progress(self, entry: int) -> int:
        """In all workers, one number of each column."""
        if self.connections is None:
            return 0
        end = (self._last_slot[0] + 1) * self._column
        return sum(self._counts[entry : end : self._column])

    # --- The table ---

    def _digest(self, client: Address) -> bytes | None:
        """Sixteen bytes that stand for a client; None for one that is not counted."""
        if not isinstance(client, tuple):
            return None  # a Unix socket: this machine, or a proxy on it
        return hashlib.blake2b(_counted_as(client[0]), key=self._key, digest_size=16).digest()

    def _row(self, digest: bytes) -> int:
        return int.from_bytes(digest[:8], "big") % self._rows

    def _find(self, row: int, digest: bytes) -> tuple[int, float, float] | None:
        """The number of this client's entry, when it was seen, and how full its bucket was."""
        fields = _ROW.unpack_from(self._table, row * _ROW.size)
        digests = fields[0::3]
        if digest not in digests:
            return None
        way = digests.index(digest)
        return row * WAYS + way, fields[3 * way + 1], fields[3 * way + 2]

    def _make_room(self, row: int, now: float) -> tuple[int, float, float] | None:
        """In place of who was seen least lately, but never of one who is at work."""
        seen = _ROW.unpack_from(self._table, row * _ROW.size)[1::3]
        for way in sorted(range(WAYS), key=seen.__getitem__):
            entry = row * WAYS + way
            if not self._in_progress(entry):
                return entry, now, 0.0
        return None

    @contextmanager
    def _locked(self, row: int) -> Iterator[None]:
        """Nobody else reads or writes this row. A lock of fcntl(2) is a process's own, and falls
        with it, so that `kill -9` in the middle stops nobody else. It is for a byte of a file,
        so that each row has one; there need be no bytes in the file."""
        fcntl.lockf(self._lock, fcntl.LOCK_EX, 1, row)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1, row)


@lru_cache(1024)
def _counted_as(host: str) -> bytes:
    """The address, or of IPv6 its first 64 bits: what one household is given, to use any address
    in it. Counted one by one, a single client would be as many as it likes.

    Who comes by IPv4 to a socket that hears both is written as ::ffff:192.0.2.1. All of those
    have the same first 64 bits, and are no household.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address.packed
    return address.ipv4_mapped.packed if address.ipv4_mapped else address.packed[:8]
