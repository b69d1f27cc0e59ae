"""What every fuzzer here is run by: cases from seeds, in a process of their own, judged, kept and told apart.

A fuzzer makes a case of a seed and attempts it: whatever exception that raises is a failure, and so are the end of the
process by a signal of the host's, more than the time allowed, and more of the host's memory than the case may take.
Failures of the same kind at the same place are one failure. Cases are attempted in a child process, one after the
other, which is replaced after each failure.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import faulthandler
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("vm", "asm")
"""Folders whose code a failure is placed in."""
GRACE = 1.0
"""Seconds of processor time by which what has a limit of time may miss it."""
HANG = 180
"""Seconds after which a case has hung, however busy the computer is."""
HEADROOM = 200 << 20
"""Bytes of the host's memory that a case may take beyond what the limits of its guest allow."""
WALL = 2 << 30
"""Bytes of writable memory, beyond what the child has at first, at which the host refuses it more."""


@dataclass(frozen=True)
class Case:
    """One case: ``seed`` makes it again, ``parts`` is what can be left out of it, ``settings`` the rest."""

    seed: int
    parts: tuple[Any, ...]
    settings: dict[str, Any] = field(default_factory=dict)


class Fuzzer(ABC):
    """Makes cases and attempts them. ``memory``: bytes that the limits of a case's guest allow it.

    ``patience``: how many times as long as usual everything may take, on a busy computer.
    """

    name: str
    memory: int
    patience = 1.0

    @abstractmethod
    def make(self, seed: int) -> Case:
        """The case of that seed, always the same."""

    @abstractmethod
    def attempt(self, case: Case) -> None:
        """Do it; raises anything when it fails."""

    @abstractmethod
    def write(self, case: Case, folder: Path) -> None:
        """Write what shows the failure into ``folder``."""

    @abstractmethod
    def prepare(self) -> None:
        """What is done once, before the first child."""


@dataclass(frozen=True)
class Failure:
    """What went wrong: the ``kind``, an exception's type among others, the ``place`` in the code, and all of it."""

    kind: str
    place: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """What failures that are one have in common."""
        return self.kind, self.place

    def __str__(self) -> str:
        last = next((line for line in reversed(self.text.splitlines()) if line.strip()), "")
        return f"{self.kind} at {self.place}: {last[:300]}"


def scratch(purpose: str) -> Path:
    """A folder for as long as this process runs."""
    folder = Path(tempfile.mkdtemp(prefix=f"forklore-{purpose}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


# --- the child ------------------------------------------------------------------------------------------------------


class Child:
    """A process that attempts the cases it is sent, each from its seed, or as it is given."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        self.fuzzer = fuzzer
        self._crash = tempfile.TemporaryFile()  # noqa: SIM115
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._orders)
            os.close(self._answers)
            try:
                _serve(fuzzer, orders, answers, self._crash.fileno())
            finally:
                os._exit(99)
        os.close(orders)
        os.close(answers)

    def attempt(self, case: Case) -> Failure | None:
        """What becomes of a case; None is a success. After a failure the child is not to be used again."""
        order = {"seed": case.seed, "parts": None}
        whole = self.fuzzer.make(case.seed)
        if case.parts != whole.parts:
            order["parts"] = _indices(case.parts, whole.parts)
        os.write(self._orders, json.dumps(order).encode() + b"\n")
        start, slow, received = time.monotonic(), None, b""
        base = _memory(self.pid, "VmRSS")
        while not received.endswith(b"\n"):
            ready, _, _ = select.select([self._answers], [], [], 0.05)
            if ready:
                chunk = os.read(self._answers, 1 << 20)
                if not chunk:
                    return self._end(slow)
                received += chunk
                continue
            if slow is None:
                slow = self._watch(base)
            if time.monotonic() - start > HANG * self.fuzzer.patience:
                os.kill(self.pid, signal.SIGABRT)
                self._wait_for_end()
                return self._placed("Hang", f"no end after {HANG * self.fuzzer.patience:g} s")
        answer = json.loads(received)
        failure = Failure(**answer["failure"]) if answer["failure"] else None
        return failure or slow or self._judge(answer)

    def _watch(self, base: int) -> Failure | None:
        """While a case runs: where it is when it has taken too much of something."""
        taken = _memory(self.pid, "VmRSS") - base
        if taken <= self.fuzzer.memory + HEADROOM:
            return None
        os.kill(self.pid, signal.SIGUSR1)
        time.sleep(0.2)
        return self._placed("Memory", f"{taken >> 20} MiB of the host's memory so far")

    def _judge(self, answer: dict[str, Any]) -> Failure | None:
        if answer["memory"] <= self.fuzzer.memory + HEADROOM:
            return None
        return Failure("Memory", f"a case of {self.fuzzer.name}", f"{answer['memory'] >> 20} MiB of the host's memory")

    def _end(self, slow: Failure | None) -> Failure:
        status = self._wait_for_end()
        ending = signal.Signals(status & 0x7F).name if status & 0x7F else f"exit status {status >> 8}"
        return slow or self._placed(ending, "the process ended")

    def _placed(self, kind: str, text: str) -> Failure:
        """A failure with the place that the child's last dump of its stack shows."""
        self._crash.seek(0)
        dump = self._crash.read().decode(errors="replace")
        frames = re.findall(r'File "([^"]+)", line (\d+) in (\S+)', dump)
        return Failure(kind, _place([(name, int(line), function) for name, line, function in frames]), dump + text)

    def _wait_for_end(self) -> int:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return status
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        status = os.waitpid(self.pid, 0)[1]
        self.pid = 0
        return status

    def close(self) -> None:
        """End the child."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._orders)
        os.close(self._answers)
        self._crash.close()


def _serve(fuzzer: Fuzzer, orders: int, answers: int, crash: int) -> None:
    """In the child: attempt what is ordered until nothing is any more."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    faulthandler.disable()
    for number in (signal.SIGSEGV, signal.SIGBUS):
        signal.signal(number, signal.SIG_DFL)  # a command that ran in this process may have taken them
    faulthandler.enable(crash)
    faulthandler.register(signal.SIGUSR1, crash)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit = _memory(os.getpid(), "VmData") + WALL
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(orders) as lines:
        for line in lines:
            order = json.loads(line)
            case = fuzzer.make(order["seed"])
            if order["parts"] is not None:
                case = replace(case, parts=tuple(case.parts[index] for index in order["parts"]))
            os.write(answers, json.dumps(_attempt(fuzzer, case)).encode() + b"\n")


def _attempt(fuzzer: Fuzzer, case: Case) -> dict[str, Any]:
    """One case here and now: the failure, if any, and the memory that it took."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is counted anew
    base, failure = _memory(os.getpid(), "VmRSS"), None
    try:
        fuzzer.attempt(case)
    except BaseException as error:
        failure = describe(error)
    return {"failure": failure and vars(failure), "memory": _memory(os.getpid(), "VmHWM") - base}


class Overrun(Exception):
    """Something took more processor time than it may; ``place``: where it was when the time was over."""

    def __init__(self, seconds: float, allowed: float, place: str) -> None:
        super().__init__(f"{seconds:.1f} s of processor time where {allowed:g} s are allowed")
        self.place = place


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """What takes more than so many seconds of processor time is an :class:`Overrun`, told when it is over."""
    place = "compiled code"

    def note(_: int, frame: Any) -> None:
        nonlocal place
        frames = [(entry.filename, entry.lineno or 0, entry.name) for entry in traceback.extract_stack(frame)]
        place = _place(list(reversed(frames)))

    before = signal.signal(signal.SIGPROF, note)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    taken = time.process_time() - start
    if taken > seconds:
        raise Overrun(taken, seconds, place)


def _memory(pid: int, what: str) -> int:
    """A figure of /proc/PID/status, in bytes; 0 when there is none."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith(what + ":"):
                return int(line.split()[1]) << 10
    return 0


def describe(error: BaseException) -> Failure:
    """An exception as a failure, placed where it says or where the product, or else the fuzzer, raised it."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    frames = [(entry.filename, entry.lineno or 0, entry.name) for entry in traceback.extract_tb(root.__traceback__)]
    place = getattr(error, "place", "") or _place(list(reversed(frames)))
    text = "".join(traceback.format_exception(error)[-60:])
    return Failure(type(error).__name__, place, text[-20_000:])


def _place(frames: Sequence[tuple[str, int, str]]) -> str:
    """The innermost of these frames, innermost first, that is the product's; else of the tests."""
    for folders in (PRODUCT, ("tests",)):
        for name, line, function in frames:
            path = Path(name)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in folders and path.name != "harness.py":
                return f"{path.relative_to(ROOT)}:{line} in {function}"
    return "an unknown place"


def _indices(kept: Sequence[Any], whole: Sequence[Any]) -> list[int]:
    """Where the parts that are kept, in their order, stand in the whole."""
    found, place = [], 0
    for part in kept:
        place = next(index for index in range(place, len(whole)) if whole[index] is part or whole[index] == part)
        found.append(place)
        place += 1
    return found


# --- the open-ended form --------------------------------------------------------------------------------------------


def case_seeds(seed: int) -> Iterator[int]:
    """The seeds of a run's cases: that of the run, followed by nine digits of the case's number."""
    number = 0
    while True:
        yield seed * 10**9 + number
        number += 1


class Survey:
    """A run of a fuzzer: every distinct failure, with the seeds that show it."""

    def __init__(self, fuzzer: Fuzzer, keep: Path) -> None:
        self.fuzzer = fuzzer
        self.keep = keep
        self.count = 0
        self.found: dict[tuple[str, str], list[int]] = {}
        self._child: Child | None = None

    def attempt(self, case: Case) -> Failure | None:
        """What becomes of a case, in a child of ours."""
        if self._child is None:
            self._child = Child(self.fuzzer)
        failure = self._child.attempt(case)
        if failure is not None:
            self.close()
        return failure

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def look(self, seed: int) -> Failure | None:
        """Attempt the case of ``seed``; a failure is told, and the first of its kind is kept."""
        self.count += 1
        case = self.fuzzer.make(seed)
        failure = self.attempt(case)
        if failure is None:
            return None
        seeds = self.found.setdefault(failure.key, [])
        seeds.append(seed)
        kept = ""
        if len(seeds) == 1:
            folder = self.keep / f"{self.fuzzer.name}-{seed}"
            self.write(case, failure, folder)
            kept = f"; kept in {folder}"
        print(f"case {seed}: {failure}{kept}", flush=True)
        return failure

    def write(self, case: Case, failure: Failure, folder: Path) -> None:
        """Keep a case with its failure."""
        folder.mkdir(parents=True, exist_ok=True)
        self.fuzzer.write(case, folder)
        again = f"python -m tests.fuzz.{self.fuzzer.name} --case {case.seed}"
        (folder / "failure.txt").write_text(f"{again}\n\n{failure}\n\n{failure.text}\n", errors="replace")

    def reduce(self, case: Case, failure: Failure) -> Case:
        """The case without whatever it fails as before without."""
        size = max(len(case.parts) // 2, 1)
        while True:
            start = 0
            while start < len(case.parts) and len(case.parts) > 1:
                smaller = replace(case, parts=case.parts[:start] + case.parts[start + size :])
                found = self.attempt(smaller)
                if found is not None and found.key == failure.key:
                    case = smaller
                else:
                    start += size
            if size == 1:
                return case
            size = max(size // 2, 1)

    def summary(self) -> str:
        """The distinct failures, the commonest first."""
        lines = [f"{self.count} cases, {len(self.found)} distinct failures"]
        for (kind, place), seeds in sorted(self.found.items(), key=lambda item: -len(item[1])):
            lines.append(f"{len(seeds):6} x {kind} at {place}: {', '.join(map(str, seeds[:3]))}")
        return "\n".join(lines)


def main(fuzzer: Fuzzer, arguments: Sequence[str] | None = None) -> int:
    """The command ``python -m tests.fuzz.NAME``; its exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.fuzz.{fuzzer.name}", description=sys.modules["__main__"].__doc__
    )
    parser.add_argument("--seconds", type=float, help="how long to go on (default: for ever)")
    parser.add_argument("--count", type=int, help="how many cases to attempt (default: no end)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31), help="of the whole run")
    parser.add_argument("--case", type=int, help="attempt just the case of this seed")
    parser.add_argument("--reduce", action="store_true", help="with --case: leave out what the failure does not need")
    parser.add_argument("--patience", type=float, default=1.0, help="how many times as long things may take")
    parser.add_argument("--keep", type=Path, help="the folder for cases that fail (default: a temporary one)")
    options = parser.parse_args(arguments)
    keep = options.keep or Path(tempfile.mkdtemp(prefix="forklore-failures-"))
    fuzzer.patience = options.patience
    fuzzer.prepare()
    survey = Survey(fuzzer, keep)
    try:
        if options.case is not None:
            return _one(survey, options.case, options.reduce)
        print(f"seed {options.seed}", flush=True)
        end = time.monotonic() + options.seconds if options.seconds else float("inf")
        for seed in case_seeds(options.seed):
            if time.monotonic() > end or survey.count == options.count:
                break
            survey.look(seed)
    except KeyboardInterrupt:
        pass
    finally:
        survey.close()
    print(survey.summary())
    with contextlib.suppress(OSError):
        keep.rmdir()  # when there is nothing in it
    return 1 if survey.found else 0


def _one(survey: Survey, seed: int, reduced: bool) -> int:
    """Attempt one case, and make it smaller if that is asked for."""
    failure = survey.look(seed)
    if failure is None:
        print(f"case {seed}: nothing wrong")
        return 0
    print(failure.text)
    if reduced:
        case = survey.reduce(survey.fuzzer.make(seed), failure)
        folder = survey.keep / f"{survey.fuzzer.name}-{seed}-reduced"
        survey.write(case, failure, folder)
        print(f"{len(case.parts)} parts are left, in {folder}:")
        for part in case.parts:
            print(f"  {part}")
    return 1
