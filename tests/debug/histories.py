"""A history that only goes on, for tests of what looks at one: a run, and how it came to where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vm.debug.monitor import answer
from vm.debug.target import Caught
from vm.kernel.pausing import Moment
from vm.machine import Machine
from vm.run import Run

PROGRAMS = Path(__file__).parents[2] / "programs"


class StraightHistory:
    """A run that was never taken back; ``known`` may be a later moment, as if it had been."""

    def __init__(self, boot: Callable[[], Run], known: Moment | None = None) -> None:
        self.boot = boot
        self.run = boot()
        self.known = known
        self.changes = ()

    @property
    def moment(self) -> Moment:
        """Where the run is."""
        return self.run.kernel.moment

    @property
    def end(self) -> Moment:
        """The latest moment that is known."""
        return self.known or self.moment

    @property
    def is_past(self) -> bool:
        """Whether that is a later one."""
        return self.end > self.moment

    def rerun(self) -> Run:
        """The same run again."""
        return self.boot()


class PlainView:
    """A session of nobody: it notes what was planned."""

    def __init__(self, tid: int = 0, may_write: bool = True) -> None:
        self.tid = tid
        self.may_write = may_write
        self.planned: list[Moment] = []
        self.interrupted = False
        self.caught = Caught()

    def catch(self, caught: Caught) -> None:
        """Note what is caught."""
        self.caught = caught

    @property
    def goal(self) -> Moment | None:
        """What was planned last."""
        return self.planned[-1] if self.planned else None

    def plan_goto(self, moment: Moment) -> None:
        """Note the moment."""
        self.planned.append(moment)

    def is_interrupted(self) -> bool:
        """Say what the test wants."""
        return self.interrupted


def history_of(program: str | Path, *arguments: str, **settings: Any) -> StraightHistory:
    """The history of a program of ours that has not started, or of a file."""
    boot_options = {name: settings.pop(name) for name in ("input", "record") if name in settings}
    path = PROGRAMS / program
    machine = Machine(**{"memory": 16 << 20, **settings})
    return StraightHistory(lambda: machine.boot(path, arguments, keep=False, **boot_options))


def history_of_text(source: str, *arguments: str, **settings: Any) -> StraightHistory:
    """The history of a program in assembly."""
    files = {"/test.s": source.encode()}
    boot_options = {name: settings.pop(name) for name in ("input", "record") if name in settings}
    machine = Machine(**{"memory": 16 << 20, "files": files, **settings})
    return StraightHistory(lambda: machine.boot("/test.s", arguments, keep=False, **boot_options))


def lines(history: Any, command: str, view: PlainView | None = None) -> list[str]:
    """The answer to a command, which is as narrow and plain as any must be."""
    found = list(checked(answer(history, view or PlainView(), command)))
    assert found, "a command without an answer"
    return found


def checked(found: Iterator[str]) -> Iterator[str]:
    """The lines of an answer, each of them looked at."""
    for line in found:
        assert len(line) <= 80
        assert line.isprintable()
        assert line == line.rstrip()
        yield line
