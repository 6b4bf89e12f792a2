"""Where a benchmark runs: the machine, the build of Python, and which core does what.

A figure without these is a rumour: the same interpreter built without profile-guided
optimisation is a third slower, and a client on the server's core takes half of its time.
"""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER_CORE = CORES[0] if CORES else 0
CLIENT_CORE = CORES[-1] if CORES else 0

OPTIMISATIONS = {"--enable-optimizations": "PGO", "--with-lto": "LTO"}


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """What this thread does, and what it starts, runs on that core (where the system lets us).

    None: on all that there are.
    """
    if not CORES:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def describe(packages: Iterable[str], programs: Iterable[str]) -> dict[str, str]:
    """What to print above the figures: name to value. `programs` are found on the path."""
    peers = [f"{name} {package_version(name)}" for name in packages]
    peers += [f"{name} {program_version(name)}" for name in programs]
    return {
        "machine": f"{processor()}, {len(CORES) or os.cpu_count()} cores, {placement()}",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_version()} ({sys.executable}), {build()}",
        "load": "{:.2f} {:.2f} {:.2f} before the run".format(*os.getloadavg()),
        "peers": ", ".join(peers),
    }


def processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def placement() -> str:
    if not CORES:
        return "not pinned: this system has no sched_setaffinity"
    if len(CORES) == 1:
        return "server and client share one: the ratios hold, the figures are low"
    return f"server on {SERVER_CORE}, client on {CLIENT_CORE}"


def build() -> str:
    """How this Python was compiled; what it lacks makes every pure Python figure smaller."""
    arguments = str(sysconfig.get_config_var("CONFIG_ARGS"))
    there = [name for flag, name in OPTIMISATIONS.items() if flag in arguments]
    if "PGO" in there:
        return "built with " + " and ".join(there)
    if "'--prefix=/usr'" in arguments:
        return "built by the distribution, which does not record here how it optimises"
    return (
        "built without PGO" + (" (with LTO)" if there else " and LTO") + ": about a third slower"
        " than it could be"
    )


def package_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def program_version(name: str) -> str:
    """`nginx -v` and `wrk -v` both say it in their first line, the latter with a bad status."""
    if shutil.which(name) is None:
        return "(not installed)"
    said = subprocess.run(
        [name, "-v"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10
    ).stdout
    words = said.partition("\n")[0].replace("/", " ").split()
    return next((word for word in words if any(map(str.isdigit, word))), "(unknown version)")
