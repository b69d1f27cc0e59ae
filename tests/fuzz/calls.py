"""System calls with hostile arguments, from a small guest, under every strategy, both engines and all kinds of limits.

A case is a table of calls, loads, stores and jumps that one guest does (guest.py, hostile.py) in a machine whose
settings are drawn too. Whatever comes of it: no exception of the host's, an end within the limits, and every frame
counted as the page tables imply. Some cases run on both engines, which must agree; some are traced, or checked for what
children of vfork do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tests import accounting
from tests.fuzz.guest import RECORDS, Record, guest
from tests.fuzz.harness import GRACE, Case, Fuzzer, limited, main, scratch
from tests.fuzz.hostile import Author
from tests.translator.at_once import translate_at_once
from vm import CannotRun, Machine, events
from vm.abi import CALL_NAMES
from vm.cli.check import observe
from vm.engine.engines import is_translator_supported
from vm.hazards import report as hazard_report
from vm.native import jit, parts
from vm.observe.strace import Tracer
from vm.run import Run

SECONDS = 1.0
"""What each run may take of the host's clock."""
SIGNALS = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 11
"""SIGILL, SIGTRAP, SIGBUS and SIGSEGV, which end a record in most cases and not the process."""


@cache
def world() -> Path:
    """The guest's root: files of all kinds, among them what no program should be able to make much of."""
    folder = scratch("root")
    (folder / "file").write_bytes(bytes(range(256)) * 40)
    (folder / "script").write_text("#!/prog\n")
    (folder / "broken").write_bytes(b"\x7fELF\1\1\1" + bytes(100))
    (folder / "source.s").write_text('.include "include.s"\n_start: li a7, 93\necall\n')
    (folder / "include.s").write_text(".rept 2000\n.word 1\n.endr\n")
    (folder / "long.s").write_text("_start: .rept 200000\n.word 1\n.endr\n")
    for name, size in (("sparse", 300 << 20), ("huge", 15 << 40)):
        with open(folder / name, "wb") as file:
            file.truncate(size)
    (folder / "folder").mkdir()
    (folder / "folder" / "inner").write_bytes(b"inner")
    for name, target in (("link", "file"), ("outside", "../../../../etc/passwd"), ("circle", "circle")):
        (folder / name).symlink_to(target)
    for path in ("script", "broken", "source.s", "long.s", "sparse", "huge"):
        (folder / path).chmod(0o755)
    return folder


class Unbalanced(Exception):
    """Frames are not what the page tables imply; ``place`` is the call that left them so."""

    def __init__(self, why: str, place: str) -> None:
        super().__init__(why)
        self.place = place


class Calls(Fuzzer):
    """Makes such cases, and runs them."""

    name = "calls"
    memory = (16 << 20) + (4 << 20) + (1 << 20)

    def prepare(self) -> None:
        """Compile the machine, make the root."""
        jit.prepare(parts.ALL)
        guest()
        world()

    def make(self, seed: int) -> Case:
        """The records of that seed, their structures and the machine's settings."""
        author = Author(seed)
        chance = author.chance
        author.write(chance.choice([20, 60, RECORDS - 1]))
        engines = ["interpreter"] * 4 + ["translator", "both"]
        machine: dict[str, Any] = {
            "memory": chance.choice([256, 257, 300, 400, 512, 1024, 4096]) * 4096,
            "stack": chance.choice([64 << 10, 256 << 10, 1 << 20, 8 << 20]),
            "processes": chance.choice([2, 3, 8, 8, 16]),
            "open_files": chance.choice([3, 8, 16, 256]),
            "disk": chance.choice([0, 511] + [4096, 1 << 20, 4 << 20] * 40),
            "instructions": chance.choice([2_000, 20_000, 60_000, 60_000, 200_000, 200_000]),
            "output": chance.choice([0, 1000, 1 << 20]),
            "quantum": chance.choice([1, 7, 1000]),
            "fork": chance.choice(["copy", "cow", "on-demand"]),
            "overcommit": chance.random() < 0.5,
            "user": chance.choice(["0:1000", "1000"]),
            "first": "child" if chance.random() < 0.5 else "parent",
            "vfork_as_fork": chance.random() < 0.1,
            "seed": seed & 0xFFFF,
            "seconds": SECONDS * self.patience,
        }
        handled = chance.choice([SIGNALS] * 9 + [0])
        input = chance.choice([b"", b"some input\n" * 20])
        engine = chance.choice(engines) if is_translator_supported() else "interpreter"
        watch = chance.choice(["", "", "", "trace", "check"])
        if machine["quantum"] < 1000 and (engine != "interpreter" or watch):  # every quantum may be a translation
            machine["instructions"] = min(machine["instructions"], 10_000)
        rest = {"machine": machine, "watch": watch, "handled": handled, "input": input, "engine": engine,
                "slots": author.slots, "theme": author.theme, "hostility": author.hostility}  # fmt: skip
        return Case(seed, tuple(author.records), rest)

    def attempt(self, case: Case) -> None:
        """Run it, on both engines where the case says so; AssertionError when something is out of balance."""
        engine = case.settings["engine"]
        ends = [self.run(case, name) for name in (("interpreter", "translator") if engine == "both" else (engine,))]
        if ends[1:] and not any("time limit" in end["message"] for end in ends):
            assert ends[0] == ends[1], "the engines do not agree"

    def run(self, case: Case, engine: str) -> dict[str, Any]:
        """Run it on one engine; what the program did."""
        try:
            run = self.boot(case, engine)
        except CannotRun as error:
            return {"refused": str(error), "message": ""}
        judge = self.watch(case, run)
        with limited((SECONDS + GRACE) * self.patience):
            result = run.finish()
        with limited((SECONDS + GRACE) * self.patience):
            judge()
        try:
            accounting.check_kernel(run.kernel)
        except AssertionError as error:
            raise Unbalanced(str(error), self.find_call(case, engine)) from error
        return {
            "message": result.message, "status": result.status, "output": result.output, "errors": result.errors,
            "retired": result.retired, "processes": result.processes, "memory": result.memory,
        }  # fmt: skip

    def watch(self, case: Case, run: Run) -> Callable[[], object]:
        """Trace or check the run where the case says so; call what this returns when it is over."""
        if case.settings["watch"] == "check":
            findings = observe(run)
            return lambda: list(hazard_report.render(findings(), notes=True))
        if case.settings["watch"] == "trace":
            Tracer(run.kernel, lambda line: None)
        return lambda: None

    def boot(self, case: Case, engine: str) -> Run:
        """A machine with the program, about to run. CannotRun where the settings leave no room for it."""
        program = world() / "prog"
        program.write_bytes(self.image(case))
        program.chmod(0o755)
        run = Machine(root=world(), **case.settings["machine"]).boot("/prog", input=case.settings["input"]).start()
        if engine == "translator":
            run.kernel.engine = translate_at_once(run.kernel.memory)
        return run

    def find_call(self, case: Case, engine: str) -> str:
        """Run it again, and count the frames at each call: which one was the first to leave them unbalanced."""
        run = self.boot(case, engine)
        found: list[str] = []

        def count(event: events.CallEntered | events.CallReturned) -> None:
            try:
                accounting.check_kernel(run.kernel)
            except AssertionError:
                when = "before" if isinstance(event, events.CallEntered) else "in"
                found.append(f"{when} {CALL_NAMES.get(event.number, event.number)}")

        run.kernel.events.subscribe(events.CallEntered, count)
        run.kernel.events.subscribe(events.CallReturned, count)
        run.finish()
        return found[0] if found else "after the last call"

    def image(self, case: Case) -> bytes:
        """The program of a case."""
        records: list[Record] = list(case.parts)
        return guest().image(records, case.settings["slots"], case.settings["handled"])

    def write(self, case: Case, folder: Path) -> None:
        """Write the program, and in words what it does and where."""
        (folder / "prog").write_bytes(self.image(case))
        (folder / "prog").chmod(0o755)
        lines = [f"{name} = {value}" for name, value in case.settings.items() if name != "slots"]
        lines += ["", "records:", *map(str, case.parts), "", "structures:"]
        lines += [f"{guest().slot(index):#x}: {slot!r}" for index, slot in enumerate(case.settings["slots"])]
        (folder / "case.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main(Calls()))
