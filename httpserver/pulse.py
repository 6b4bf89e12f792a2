"""The pulse of the workers: a number for each, in memory that their master sees.

No step of the trip, but how the master learns of a step that does not end. A worker whose loop
sleeps has nothing to prove: its number is 0. One that is awake counts, at each round of its loop
and each call of a handler. So a number that is not 0 and stays as it is stands for one call that
does not return, in Python or in C.

To count costs no call into the system, and so the loop can do it each time. In Gunicorn a worker
sets the times of a file that the arbiter looks at (workers/workertmp.py); in uWSGI: harakiri.
"""

import mmap
import time

ASLEEP = 0
BOOTING = 2**64 - 1  # no worker ever counts so far

Pulse = memoryview | list[int]  # whose one item is the number


class Pulses:
    """The pulses of the workers of one master, by slot. Made before the first fork."""

    def __init__(self, slots: int) -> None:
        # Anonymous and shared: what a child writes there, its parent reads.
        self._numbers = memoryview(mmap.mmap(-1, 8 * slots)).cast("Q")
        self._seen: dict[int, tuple[int, float]] = {}  # by slot: the number, and since when

    def begin(self, slot: int) -> memoryview:
        """The pulse of a new worker. Until it says that it is ready, it is in one long call."""
        self._numbers[slot] = BOOTING
        self._seen[slot] = BOOTING, time.monotonic()
        return self._numbers[slot : slot + 1]

    def stands_still(self, slot: int) -> float:
        """For how many seconds this worker has been in one call, as far as was looked at."""
        number, now = self._numbers[slot], time.monotonic()
        seen, since = self._seen[slot]
        if number == seen != ASLEEP:
            return now - since
        self._seen[slot] = number, now
        return 0.0
