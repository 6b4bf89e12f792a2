"""How much one client may ask for: counted over all workers, in memory that they share.

Step 1 of the trip, before a body is read. One client that asks too fast, or too much at a time,
is delayed or refused, so that the others are served. Each worker sees only its part of what a
client does, so that all of them count in the same place: a table in memory that was mapped
before they were forked, and a lock that the system takes away from whoever dies with it.

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

WAYS = 8  # entries that a client's can be among; the one that was used least lately makes room

# digest of the address, excess, when that was, requests in progress; then those of each worker
_ENTRY = struct.Struct("16sddI")
_COUNT = struct.Struct("H")
_COLUMNS = (_ENTRY.size + 7) // 8 * 8
ENTRY_SIZE = _COLUMNS + _COUNT.size * SLOTS  # 552 bytes for each client that is remembered
_NOBODY = bytes(16)


class Refusal(NamedTuple):
    """Too much. `retry_after` is in whole seconds, as the field of that name has it."""

    status: int
    retry_after: int


class Zone:
    """A table of clients. To be made before the workers are forked.

    `rate` is requests a second; so many as `burst` may be ahead of it, and wait for their turn
    if there is a `delay`. `connections` is how many requests of a client may be in progress at
    a time. `clients` is how many addresses are remembered. `status` is that of a refusal.

    A call costs some 12 microseconds, half of which are the lock. It is made by the loop's thread
    alone: the lock keeps processes apart, not threads.
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
        self.rate = rate
        self.burst = burst
        self.delay = delay
        self.connections = connections
        self.status = status
        self._slot = 0
        self._buckets = max(1, math.ceil(clients / WAYS))
        # What nobody has used takes no memory, whatever size was mapped.
        self._table = mmap.mmap(-1, self._buckets * WAYS * ENTRY_SIZE)
        # Else an attacker could look for addresses that push each other out.
        self._key = os.urandom(16)
        self._lock = tempfile.TemporaryFile()  # noqa: SIM115  (open for as long as we are)

    def claim(self, slot: int) -> None:
        """In a worker: count what is in progress here under this number (`Worker.slot`)."""
        self._slot = slot
        self.clear(slot)

    def clear(self, slot: int) -> None:
        """Whoever counted under this number has ended: nothing of that is in progress."""
        with self._locked():
            for entry in range(0, len(self._table), ENTRY_SIZE):
                digest, excess, moment, active = _ENTRY.unpack_from(self._table, entry)
                if active:
                    column = entry + _COLUMNS + slot * _COUNT.size
                    own = _COUNT.unpack_from(self._table, column)[0]
                    _COUNT.pack_into(self._table, column, 0)
                    _ENTRY.pack_into(self._table, entry, digest, excess, moment, active - own)

    def enter(self, client: Address, now: float | None = None) -> Refusal | float:
        """A request begins: the seconds that it has to wait for its turn, or a refusal.

        What was not refused is told to `leave` when it is over.
        """
        digest = self._digest(client)
        if digest is None:
            return 0.0
        # All processes of a machine read the same monotonic clock.
        now = time.monotonic() if now is None else now
        with self._locked():
            entry = self._entry_of(digest, now)
            if entry is None:
                return Refusal(self.status, 1)  # the table is full of clients at work
            _, excess, moment, active = _ENTRY.unpack_from(self._table, entry)
            if self.connections is not None and active >= self.connections:
                return Refusal(self.status, 1)
            wait = 0.0
            if self.rate is not None:
                # A bucket that leaks: each request fills it by one, and time empties it.
                excess = max(0.0, excess - self.rate * max(0.0, now - moment)) + 1
                if excess > self.burst + 1:
                    # A refused request does not fill it, or a client that never stops asking
                    # would never be let in again.
                    return Refusal(
                        self.status, max(1, math.ceil((excess - self.burst - 1) / self.rate))
                    )
                if self.delay:
                    wait = (excess - 1) / self.rate
            if self.connections is not None:
                active += 1
                self._count(entry, 1)
            _ENTRY.pack_into(self._table, entry, digest, excess, now, active)
            return wait

    def leave(self, client: Address) -> None:
        """A request that was let in is over."""
        digest = self._digest(client)
        if digest is None or self.connections is None:
            return
        with self._locked():
            entry = self._find(digest)
            if entry is None or not self._count(entry, -1):
                return
            _, excess, moment, active = _ENTRY.unpack_from(self._table, entry)
            _ENTRY.pack_into(self._table, entry, digest, excess, moment, active - 1)

    def _count(self, entry: int, change: int) -> bool:
        """Count in our own column; False where that would be less than nothing."""
        column = entry + _COLUMNS + self._slot * _COUNT.size
        own = _COUNT.unpack_from(self._table, column)[0] + change
        if not 0 <= own <= 0xFFFF:
            return False
        _COUNT.pack_into(self._table, column, own)
        return True

    def _digest(self, client: Address) -> bytes | None:
        """Sixteen bytes that stand for a client; None for one that is not counted."""
        if not isinstance(client, tuple):
            return None  # a Unix socket: this machine, or a proxy on it
        return hashlib.blake2b(_counted_as(client[0]), key=self._key, digest_size=16).digest()

    def _bucket(self, digest: bytes) -> range:
        first = int.from_bytes(digest[:8], "big") % self._buckets * WAYS * ENTRY_SIZE
        return range(first, first + WAYS * ENTRY_SIZE, ENTRY_SIZE)

    def _find(self, digest: bytes) -> int | None:
        for entry in self._bucket(digest):
            if self._table[entry : entry + 16] == digest:
                return entry
        return None

    def _entry_of(self, digest: bytes, now: float) -> int | None:
        """Where this client is counted; a place for a new one, if there is any."""
        entry = self._find(digest)
        if entry is not None:
            return entry
        oldest, age = None, math.inf
        for entry in self._bucket(digest):
            found, _, moment, active = _ENTRY.unpack_from(self._table, entry)
            if found == _NOBODY:
                moment = -math.inf
            if active == 0 and (oldest is None or moment < age):
                oldest, age = entry, moment
        if oldest is not None:
            self._table[oldest : oldest + ENTRY_SIZE] = bytes(ENTRY_SIZE)
            _ENTRY.pack_into(self._table, oldest, digest, 0.0, now, 0)
        return oldest

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else reads or writes the table. A lock of fcntl(2) is a process's own, and
        falls with it, so that `kill -9` in the middle stops nobody else."""
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)


@lru_cache(1024)
def _counted_as(host: str) -> bytes:
    """The address, or of IPv6 its first 64 bits: what one household is given, to use any address
    in it. Counted one by one, a single client would be as many as it likes."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return address.packed[:8] if address.version == 6 else address.packed
