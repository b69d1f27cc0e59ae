"""Runs a command, and writes what it cost to a descriptor: its processor time, the clock's, and its most memory.

    python -I -S bench/meter.py DESCRIPTOR COMMAND [ARGUMENT...]

It is a process of its own, and a small one, because Linux counts as a command's memory what its starter had: nothing
is told to have less than the 9 MB of this one.
"""

from __future__ import annotations

import os
import sys
from time import monotonic_ns


def main() -> None:
    """Write user and system time and the clock's in seconds, the most resident bytes, and the exit status."""
    descriptor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(descriptor, False)
    begin = monotonic_ns()
    _, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
    clock = (monotonic_ns() - begin) / 1e9
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    figures = (usage.ru_utime, usage.ru_stime, clock, peak, os.waitstatus_to_exitcode(status))
    os.write(descriptor, " ".join(map(str, figures)).encode())


if __name__ == "__main__":
    main()
