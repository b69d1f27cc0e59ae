"""A run of a test: its machine, what listens to it, and what comes of it.

The machine has no folder of the host's: a guest finds the programs of the lab, the files of the test, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from vm.grade.dialogue import Dialogue
from vm.grade.images import Images
from vm.grade.lab import Schedules, Test, Turn
from vm.grade.observation import Observation
from vm.grade.recorder import Recorder
from vm.grade.rules.judging import needs, needs_checker
from vm.keeping import content_of
from vm.kernel.choice import Chooser
from vm.kernel.pausing import Ending
from vm.kernel.ports import CAPTURE_LIMIT
from vm.machine import ENVIRONMENT, Machine
from vm.native import jit, parts
from vm.observe.deaths.entries import Death, place_words
from vm.quantities import plural
from vm.run import Run
from vm.settings import Settings
from vm.text import printable, shortened, typed

if TYPE_CHECKING:
    from vm.hazards.checking import Checker

MOST_DEATHS = 4
"""Deaths that are told of."""
LONGEST = 200
"""Letters of a line."""
MOST_TYPED = 60
"""Letters of an input that are shown."""
_CHILD = re.compile(r"\bchild (\d+)\b")
"""A process by its number, in what the kernel says that somebody waits for."""


def machine_of(test: Test, images: Images) -> Machine:
    """Describe the machine of a test."""
    settings = {each.name: getattr(test.settings, each.name) for each in fields(Settings)}
    if test.settings.seconds is None:
        settings["seconds"] = test.seconds
    return Machine(**settings, files={**test.files, **images.files})


def environment_of(test: Test) -> Mapping[str, str]:
    """Return the variables of a test's program: those of any run, and its own."""
    return {**ENVIRONMENT, **test.environment}


def command_of(test: Test) -> str:
    """Return the command of a test as one would type it, and what it reads; printable and bounded."""
    command = shortened(typed([test.program, *test.arguments]), LONGEST)
    if not test.input:
        return command
    read = printable(test.input[: MOST_TYPED + 1].decode("utf-8", "backslashreplace"))
    return f"{command}, which reads {shortened(read, MOST_TYPED)}"


class Attempt:
    """A run of a test that has not begun, with all that listens to it: ``run`` it, or :meth:`finish` it.

    ``chooser`` makes the machine's choices; with ``record`` the observation has a schedule. Raises CannotRun.
    """

    def __init__(self, test: Test, images: Images, *, chooser: Chooser | None = None, record: bool = False) -> None:
        self._test = test
        self._records = record
        machine = machine_of(test, images)
        self._dialogue: Dialogue | None = None
        streams: dict[str, Any] = {"input": test.input, "terminal": test.terminal}
        turns = _turns(test)
        if turns:
            limit = machine.output or CAPTURE_LIMIT
            self._dialogue = dialogue = Dialogue(turns, limit, is_terminal=test.terminal)
            streams = {"input": dialogue, "output": dialogue.output, "errors": dialogue.errors}
        self.run: Run = machine.boot(
            images.paths[test.program], test.arguments, environment=environment_of(test), chooser=chooser, keep=False,
            record=record, **streams,
        )  # fmt: skip
        self._recorder = Recorder(self.run.kernel, needs(test.rules))
        self._checker = _checker(self.run) if needs_checker(test.rules) else None

    def finish(self) -> Observation:
        """Run to the end and return what came of it. Raises CannotRun where the program cannot be started."""
        ending = self.run.advance()
        assert isinstance(ending, Ending)
        return self.observation(ending)

    def observation(self, ending: Ending) -> Observation:
        """Return what came of the run, which has ended so."""
        result, test = self.run.finish(), self._test
        return Observation(
            output=b"" if test.terminal else result.output,
            errors=b"" if test.terminal else result.errors,
            terminal=result.output if test.terminal else b"",
            exit_code=result.exit_code,
            signal=result.signal,
            limit=ending.limit,
            stuck=tuple(_stuck(self.run, ending)),
            unmet=self._dialogue.unmet if self._dialogue is not None and test.dialogue else None,
            deaths=tuple([_told(death) for death in result.deaths[:MOST_DEATHS]]),
            files=self._files(),
            conduct=self._recorder.conduct(),
            findings=tuple(self._checker.findings()) if self._checker is not None else (),
            schedule=self.run.schedule() if self._records else None,
        )

    def _files(self) -> Mapping[str, bytes]:
        found = {path: content_of(self.run.kernel, path) for path in self._test.expected.files}
        return {path: data for path, data in found.items() if data is not None}


def _turns(test: Test) -> tuple[Turn, ...]:
    """What is typed. At a terminal an input is typed, too; but nobody types while every schedule is tried."""
    if test.dialogue or not test.terminal or test.schedules is Schedules.EVERY:
        return test.dialogue
    return (Turn(send=test.input, ends=True, place=test.place),)


def _checker(run: Run) -> Checker:
    """What finds out what vfork children did to their parents, listening to a run that has not begun."""
    from vm.hazards.checking import Checker

    jit.prepare((*parts.MACHINE, parts.CHECKER))
    return Checker(run.kernel)


def try_once(test: Test, images: Images, *, chooser: Chooser | None = None, record: bool = False) -> Observation:
    """Run a test's program once and return what came of it. Raises CannotRun."""
    return Attempt(test, images, chooser=chooser, record=record).finish()


def _stuck(run: Run, ending: Ending) -> list[str]:
    """Who waits for ever for what, a line a thread; processes by their descent, as pids are chance."""
    names = {number: descent for descent, number in run.numbers.items()}

    def named(number: int) -> str:
        return process_words(names.get(number, ()), number)

    return [
        shortened(f"{named(tid)} waits for {_CHILD.sub(lambda found: named(int(found[1])), printable(why))}", LONGEST)
        for _, tid, why in ending.waits
    ]


def process_words(descent: tuple[int, ...], number: int) -> str:
    """Name a process or thread by its descent: "child 2 of child 1"; the first is "the program"; or else by number."""
    if not descent:
        return f"pid {number}"
    words = [f"child {index}" for index in reversed(descent[1:])]
    return " of ".join(words) or "the program"


def _told(death: Death) -> str:
    """How a process died, in a line: nothing of the host is read for it, whatever file it names."""
    where = place_words(death.place)
    more = f" ({plural(death.count, 'process', 'processes')} like it)" if death.count > 1 else ""
    return shortened(printable(f"{death.name}: {death.what}{f', {where}' if where else ''}{more}"), LONGEST)
