"""A trace of the machine's is what strace shows of the same program on the host.

c/traced.c is built for both. What strace said is kept in c/traced.txt, for each process by its descent; where strace
can be run, a test holds that to be true still (``--rewrite`` of this file writes it anew).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.natively import Program, build_native
from vm import Machine, toolchain
from vm.observe.strace import Tracer

FOLDER = Path(__file__).parent / "c"
SOURCE, KEPT = FOLDER / "traced.c", FOLDER / "traced.txt"
PROGRAM = Program(SOURCE, ("-w",))

RENAMED = {
    "mmap2": "mmap", "fcntl64": "fcntl", "clock_nanosleep_time64": "clock_nanosleep", "ppoll_time64": "ppoll",
    "rt_sigtimedwait_time64": "rt_sigtimedwait", "utimensat_time64": "utimensat",
}  # fmt: skip
"""Calls that have another name where time and offsets have always been 64 bits."""

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")


PIDS = re.compile(
    r"(?<=si_pid=)\d+|(?<=waitid\(P_PID, )\d+|(?<=^getppid\(\) = )\d+|(?<=^getpid\(\) = )\d+|(?<=^fork\(\) = )\d+"
    r"|(?<=^vfork\(\) = )\d+|(?<=^kill\()\d+|(?<=^wait4\()\d+|(?<=^rt_sigqueueinfo\()\d+|(?<=^gettid\(\) = )\d+"
    r"|(?<=^set_tid_address\(ADDRESS\) = )\d+|(?<=NULL\) = )\d+(?=$)"
)
"""Where a line has the number of a process; the last is the result of wait4."""


def masked(lines: list[str], names: Mapping[str, str]) -> list[str]:
    """The lines from getppid on, without what may differ: SIGCHLD comes at any time, and waits are then made again."""
    first = next((index for index, line in enumerate(lines) if line.startswith("getppid")), 0)
    shown = [line for line in lines[first:] if not line.startswith("--- SIGCHLD") and "= ? ERESTART" not in line]
    return [mask(line, names) for line in shown]


def mask(line: str, names: Mapping[str, str]) -> str:
    """One line with the names of 64-bit systems and of processes, without addresses, users and times."""
    line = re.sub(r"^(\w+)\(", lambda match: f"{RENAMED.get(match[1], match[1])}(", line)
    line = re.sub(r"\) += ", ") = ", line)
    line = re.sub(r"^pipe\((.*)\) =", r"pipe2(\1, 0) =", line)
    line = re.sub(r"SA_RESTORER\|?|, sa_restorer=\w+", "", line).replace("sa_flags=}", "sa_flags=0}")
    line = re.sub(r"0x[0-9a-f]{5,}\b", "ADDRESS", line)
    line = re.sub(r"(F_[GS]ETLKW?)64", r"\1", line)
    line = re.sub(r"(si_uid=|^getuid\(\) = )\d+", r"\1USER", line)
    line = re.sub(r"(si_[us]time|stx_attributes)=\w+( /\*.*?\*/)?", r"\1=N", line)
    line = re.sub(r"left \{.*?\}", "left {TIME}", line)
    line = re.sub(r"stx_mask=[\w|]+", "stx_mask=FIELDS", line)
    return PIDS.sub(lambda match: names.get(match[0], "PARENT" if "getppid" in line else match[0]), line)


def named(processes: Mapping[int, list[str]]) -> dict[str, list[str]]:
    """The processes by descent: the first, and its children by the order of their pids."""
    pids = sorted(processes)
    names = {str(pid): "PID" if not index else f"PID.{index}" for index, pid in enumerate(pids)}
    return {names[str(pid)]: masked(processes[pid], names) for pid in pids}


def written(processes: Mapping[str, list[str]]) -> str:
    """As the file keeps them."""
    return "\n".join("\n".join([f"# {name}", *lines, ""]) for name, lines in processes.items())


def trace_natively(folder: Path) -> str:
    """What strace says."""
    program = folder / "program"
    program.write_bytes(build_native(PROGRAM))
    program.chmod(0o755)
    command = "ulimit -c 0; umask 022; exec strace -ff -o trace ./program"
    subprocess.run(["sh", "-c", command], cwd=folder, check=False, timeout=60, stdin=subprocess.DEVNULL)
    return written(named({int(path.suffix[1:]): path.read_text().splitlines() for path in folder.glob("trace.*")}))


def trace_in_the_machine(folder: Path) -> str:
    """What the machine's trace says."""
    program = folder / "program"
    program.write_bytes(toolchain.build(SOURCE, PROGRAM.flags))
    program.chmod(0o755)
    processes: dict[int, list[str]] = {}
    run = Machine(user=f"{os.getuid()}:{os.getgid()}").boot(program).start()
    Tracer(run.kernel, print, separate=lambda pid: processes.setdefault(pid, []).append)
    assert not run.finish().message
    return written(named(processes))


def test_lines_are_those_of_strace(tmp_path: Path) -> None:
    assert trace_in_the_machine(tmp_path).splitlines() == KEPT.read_text().splitlines()


@pytest.mark.skipif(not shutil.which("strace") or os.uname().machine != "x86_64", reason="needs strace on x86-64")
def test_strace_says_so_still(tmp_path: Path) -> None:
    said = trace_natively(tmp_path)
    if "getppid" not in said:
        pytest.skip("this computer does not let strace look at a process")
    assert said.splitlines() == KEPT.read_text().splitlines()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        KEPT.write_text(trace_natively(Path(place)))
