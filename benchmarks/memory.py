"""How much memory a piece of work needs above what is there already (Linux)."""

from __future__ import annotations

import ctypes
import gc
import os
import re
from collections.abc import Callable
from pathlib import Path

MB = 1024 * 1024


def peak_above(work: Callable[[], object]) -> float:
    """Return the MB by which resident memory grew at most while a forked copy of this process did the work."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return float(said)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what earlier work left in the heap must not serve this one unseen
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _status("VmRSS")
    work()
    os.write(writing, f"{(_status('VmHWM') - before) / 1024}".encode())
    os._exit(0)


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise OSError(f"/proc/self/status has no {name}")
    return int(found[1])
