"""The machine as Python sees it: describe one, run a program in it, look at what became of it.

What has to do with schedules is imported for a run that has one, what keeps memory and files for one that does.

>>> from forklore import Machine
>>> result = Machine(quantum=100).run("programs/vfork_global.s")
>>> result.status, result.output
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vm import collecting, userland
from vm.kernel import boot
from vm.kernel.choice import Chooser
from vm.kernel.files.terminal import Console
from vm.kernel.files.world import Files, Folder
from vm.kernel.ports import CAPTURE_LIMIT, BytesInput, Capture, Input, Output
from vm.kernel.process.task import REAPER
from vm.native import jit
from vm.native.parts import CannotCompile
from vm.records import Result
from vm.remarks import remark
from vm.run import CannotRun, Program, Run
from vm.settings import Settings
from vm.sources import Compiler, builders
from vm.statuses import STATUS_CANNOT_RUN, STATUS_NOT_FOUND, STATUS_OWN_ERROR
from vm.values import dataclass

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from vm.keeping import MemoryKeeper
    from vm.kernel.kernel import Kernel
    from vm.outcomes.answer import Outcomes
    from vm.outcomes.exploring import Explorer
    from vm.schedules.recording import Recording
    from vm.schedules.schedule import Schedule

ENVIRONMENT: Mapping[str, str] = {"HOME": "/", "PATH": "/:/bin:/usr/bin"}
"""The environment of a program unless told otherwise."""

EXPLORED_STEPS = 2_000
EXPLORED_INSTRUCTIONS = 100_000_000
"""Steps and instructions of a run, when all outcomes are looked for, unless told otherwise."""

COMPILING = "compiling %s, which happens %s and takes some ten seconds"


@dataclass(frozen=True, kw_only=True, repr=False)
class Machine(Settings):
    """The description of a machine: its :class:`~vm.settings.Settings`, and the folders of the host it has.

    ``root``: the folder that is the guest's ``/``; without one, the folder of the program that is run. ``files``: bytes
    by the guest's absolute path, which are there whatever the root has: sources in assembly, images, data. ``bind``:
    pairs of a further folder and the guest's path where it appears. The guest may change all of it, and none of that
    reaches the host. ``include_root``: the folders that C is compiled from, wherever links lead; without any those of
    the guest, and for the program that is run, if it is named by its path on the host, whatever the user can read.
    ``cc_flags``: the compiler's for these sources; relative names in them are meant from a source's folder on.
    Nothing is allocated until a program runs, and every run has a machine of its own.
    """

    root: str | os.PathLike[str] | None = None
    files: Mapping[str, bytes] | None = None
    bind: Sequence[tuple[str | os.PathLike[str], str]] = ()
    include_root: Sequence[str | os.PathLike[str]] = ()
    cc_flags: Sequence[str] = ()

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        for name in ("bind", "include_root", "cc_flags"):
            if isinstance(getattr(self, name), str | bytes | os.PathLike):
                raise TypeError(f"{name} is a list, not {getattr(self, name)!r}")
        for path, data in (self.files or {}).items():
            if not isinstance(path, str) or not isinstance(data, bytes):
                raise TypeError(f"files are bytes by their path, not {type(data).__name__} by {path!r}")

    def boot(
        self,
        program: str | os.PathLike[str],
        arguments: Sequence[str | bytes] = (),
        *,
        environment: Mapping[str, str] = ENVIRONMENT,
        input: bytes | Input = b"",
        output: Output | None = None,
        errors: Output | None = None,
        terminal: bool = False,
        chooser: Chooser | None = None,
        keep: bool = True,
        record: bool = False,
        schedule: Schedule | None = None,
    ) -> Run:
        """Make a machine for ``program``, an image or a source in assembly or C, and do not start it.

        The program is one of the machine's ``files``, or a path of the host, or with a ``root`` a path inside it.
        ``input`` is its standard input; outputs are captured unless a sink is given, up to the machine's limit or
        CAPTURE_LIMIT. With ``terminal`` they are one terminal of 80 columns and 24 rows to the guest, and what it shows
        is captured as output. A stream that is :class:`~vm.kernel.ports.Closed` is not open in the guest. With ``keep``
        the result has the memory that processes left, and the files that they wrote. With ``record`` the run has a
        schedule, by which it repeats: another run with that ``schedule`` has its input and choices from there, and
        nothing of the host's clock, terminal or keys is used. Raises CannotRun where there is no such file,
        WrongSetting, a ValueError, for what makes no machine, and WrongSchedule, another, for the schedule of another
        run; CannotRun as well where the machine has to be compiled and cannot be, with the status 125.
        """
        if schedule is not None and (record or input or chooser is not None):
            raise ValueError("a run that repeats a schedule has no other input or choices, and is recorded already")
        if terminal and (output is not None or errors is not None or schedule is not None):
            raise ValueError("what a terminal shows is captured, and whether there is one is for a schedule to say")
        try:
            jit.prepare(progress=_tell_compiling)
        except CannotCompile as error:
            raise CannotRun(str(error), STATUS_OWN_ERROR) from error
        collecting.resume()
        root, path = self._locate(program)
        source = BytesInput(input) if isinstance(input, bytes) else input
        limit = CAPTURE_LIMIT if self.output is None else self.output
        outputs = _screens(limit) if terminal else (output or Capture(limit), errors or Capture(limit))
        files = Files(root, self._folders(), userland.programs(), self.files)
        compiler = Compiler(*self._readable(root, path), self.cc_flags, self.dialect, path)
        vector = (os.fsencode(path), *(os.fsencode(argument) for argument in arguments))
        variables = tuple(os.fsencode(f"{name}={value}") for name, value in environment.items())
        known = Program(os.fspath(program), os.fsencode(path), vector, variables)
        if schedule is None:
            kernel = boot.new_machine(self, files, Console(source, *outputs), builders(compiler), chooser)
            return Run(kernel, known, _keeper(keep), _recorded(kernel) if record else None)
        from vm.schedules import binding
        from vm.schedules.ports import repeating_console
        from vm.schedules.repeating import Repetition

        schedule.check_fit(self, known.subject)
        repetition = Repetition(schedule)
        kernel = boot.new_machine(self, files, repeating_console(repetition, *outputs), builders(compiler))
        binding.repeat(kernel, repetition)
        return Run(kernel, known, _keeper(keep), repetition)

    def run(
        self,
        program: str | os.PathLike[str],
        arguments: Sequence[str | bytes] = (),
        *,
        environment: Mapping[str, str] = ENVIRONMENT,
        input: bytes | Input = b"",
        output: Output | None = None,
        errors: Output | None = None,
        terminal: bool = False,
        chooser: Chooser | None = None,
        keep: bool = True,
        schedule: Schedule | None = None,
    ) -> Result:
        """Run ``program`` to its end, as :meth:`boot` and :meth:`Run.finish` do."""
        booted = self.boot(
            program, arguments, environment=environment, input=input, output=output, errors=errors,
            terminal=terminal, chooser=chooser, keep=keep, schedule=schedule,
        )  # fmt: skip
        return booted.finish()

    def outcomes(
        self,
        program: str | os.PathLike[str],
        arguments: Sequence[str | bytes] = (),
        *,
        environment: Mapping[str, str] = ENVIRONMENT,
        input: bytes = b"",
        terminal: bool = True,
        runs: int | None = None,
        steps: int = EXPLORED_STEPS,
        executor: Executor | None = None,
        progress: Callable[[Explorer], None] | None = None,
    ) -> Outcomes:
        """Find every output that ``program`` can have, however its processes are scheduled.

        It reads ``input``, and writes to one terminal, or without ``terminal`` into pipes. At most ``runs`` of it are
        made, with so many ``steps`` each (system calls, and uses of shared memory), and the machine's ``instructions``,
        by default EXPLORED_INSTRUCTIONS; steps take the place of its ``calls``. Its ``seconds`` are for all of them
        together. What is reached of that makes the answer incomplete. An ``executor`` makes most runs where there are
        many, in other processes or on other computers, which changes nothing in the answer. ``progress`` is called with
        what explores now and then. Raises CannotRun and WrongSetting as :meth:`boot` does.
        """
        from vm.outcomes.answer import Outcomes
        from vm.outcomes.exploration import QUANTUM, explore
        from vm.outcomes.exploring import Limits
        from vm.outcomes.sources import sources_of

        machine = replace(
            self, quantum=QUANTUM, seconds=None, calls=None, instructions=self.instructions or EXPLORED_INSTRUCTIONS
        )  # fmt: skip
        boot = _Boot(machine, program, tuple(arguments), dict(environment), input, terminal)
        found = explore(boot, Limits(runs, steps, self.seconds), executor, progress)
        sources = sources_of(found.orders, boot(record=False).start().kernel.loader)
        return Outcomes(found, sources, is_piped=not terminal)

    def _folders(self) -> list[Folder]:
        return [Folder(Path(host), guest) for host, guest in self.bind]

    def _locate(self, program: str | os.PathLike[str]) -> tuple[Path | None, str]:
        """The root, and the program's path inside it; no root for a program that is given as bytes."""
        if not os.fspath(program):
            raise CannotRun("the name of the program is empty", STATUS_NOT_FOUND)
        if self.root is not None:
            return Path(self.root), os.fspath(program)
        if os.fspath(program) in (self.files or ()):
            return None, os.fspath(program)
        path = Path(program)
        try:
            path.stat()
            path = path.resolve()
        except (FileNotFoundError, NotADirectoryError):
            raise CannotRun(f"{path}: no such file", STATUS_NOT_FOUND) from None
        except OSError as error:
            raise CannotRun(f"{path}: {error.strerror}", STATUS_CANNOT_RUN) from None
        return path.parent, "/" + path.name

    def _readable(self, root: Path | None, path: str) -> tuple[list[Path], Path | None]:
        """The host's folders that C is compiled from, and the source that may include anything: see ``builders``."""
        if root is None:
            return [folder.host for folder in self._folders()], None
        if self.include_root:
            folders = [Path(folder).resolve() for folder in self.include_root]
            if self.root is None and not any(root.is_relative_to(folder) for folder in folders):
                raise CannotRun(f"{root / path[1:]}: outside the folders that may be read", STATUS_CANNOT_RUN)
            return folders, None
        own = root / path.lstrip("/") if self.root is None else None
        return [root, *(folder.host for folder in self._folders())], own


def _screens(limit: int) -> tuple[Output, Output]:
    from vm.kernel.screen import Screen

    return Screen(limit), Screen(limit)


@dataclass(frozen=True, slots=True)
class _Boot:
    """Makes a machine for a program, the same each time. It can be sent to other processes."""

    machine: Machine
    program: str | os.PathLike[str]
    arguments: tuple[str | bytes, ...]
    environment: Mapping[str, str]
    input: bytes
    terminal: bool

    def __call__(self, *, record: bool) -> Run:
        return self.machine.boot(
            self.program, self.arguments, environment=self.environment, input=self.input, terminal=self.terminal,
            keep=False, record=record,
        )  # fmt: skip


def _recorded(kernel: Kernel) -> Recording:
    from vm.schedules.binding import record

    return record(kernel)


def _keeper(keep: bool) -> MemoryKeeper | None:
    if not keep:
        return None
    from vm.keeping import MemoryKeeper

    return MemoryKeeper(REAPER + 1)


def _tell_compiling(done: int, steps: int, name: str) -> None:
    """Remark once that it takes a while."""
    if not steps:
        remark("forklore", COMPILING % (name, jit.often()))
