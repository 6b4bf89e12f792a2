"""Three connections may a client have, and there are two workers. How many has it?"""

import os
import signal
from collections import Counter
from collections.abc import Callable

from httpserver.messages import Address
from httpserver.zones import Zone

CLIENT = ("192.0.2.7", 50000)
MOST = 3

counted: Counter[Address] = Counter()
zone = Zone(connections=MOST)


def by_a_counter() -> bool:
    counted[CLIENT] += 1
    return counted[CLIENT] <= MOST


def by_the_zone() -> bool:
    return isinstance(zone.enter(CLIENT), float)


def worker(slot: int, may_enter: Callable[[], bool]) -> tuple[int, int]:
    """A process in which the client comes three times and stays; how often it was let in."""
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        zone.claim(slot)
        os.write(writable, bytes([sum(may_enter() for _ in range(MOST))]))
        signal.pause()
    return pid, os.read(readable, 1)[0]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


print("A counter in each process:")
(one, first), (two, second) = worker(1, by_a_counter), worker(2, by_a_counter)
print(f"  the client is let in {first} times by one worker, {second} times by the other")
kill(one)
kill(two)

print("A zone in memory that they share:")
(one, first), (two, second) = worker(1, by_the_zone), worker(2, by_the_zone)
print(f"  the client is let in {first} times by one worker, {second} times by the other")
kill(one)
three, third = worker(3, by_the_zone)
print(f"  the first one is killed; a new one lets the client in {third} times")
kill(three)
zone.clear(1)
four, fourth = worker(4, by_the_zone)
print(f"  the master clears what the dead one counted; now it is {fourth} times")
kill(two)
kill(four)
