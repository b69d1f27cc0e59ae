"""Writing a core of each process that dies of a signal which asks for one, while its memory is still there."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vm import events
from vm.abi import SI_USER, Limit
from vm.elf.format import ET_CORE, ET_EXEC
from vm.kernel.errors import MachineStopped, SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process, Task
from vm.kernel.signals.state import Action, SignalInfo, bit, default_action
from vm.observe.cores.file import write_core
from vm.observe.cores.names import Occupied, check_pattern, expanded, names_every_process, put
from vm.values import dataclass

MOST_CORES = 8
"""Cores of one run; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Core:
    """A core of process ``pid``, which ``signal`` ended: it is in the file ``path``, and its image in ``image``.

    ``problem`` says why there is no core, ``image_problem`` why there is no image; they are empty where there is.
    ``is_again``: an older core was there, which is gone.
    """

    pid: int
    name: str
    signal: int
    path: Path
    image: Path | None = None
    is_again: bool = False
    problem: str = ""
    image_problem: str = ""


class CoreObserver:
    """Writes cores of what dies in ``kernel``, to files that ``pattern`` names as in core(5): %p, %e, %s.

    Without %p the second core has the pid behind its name. ``program`` is the host's file that the first program may
    have been: a process that runs just that has it for an image; beside the core of another one lies a file with the
    image. ``listener`` is called with each core. Raises WrongPattern.

    As for a core that is piped to a program, RLIMIT_CORE is not asked, but for a limit of 1 byte, which stands for
    none; what the guest sees is the same with and without it. PR_SET_DUMPABLE is.
    """

    def __init__(
        self, kernel: Kernel, pattern: str, program: Path | None = None,
        listener: Callable[[Core], None] = lambda core: None,
    ) -> None:  # fmt: skip
        check_pattern(pattern)
        self.cores: list[Core] = []
        self.more = 0
        self._kernel = kernel
        self._pattern = pattern
        self._program = program
        self._listener = listener
        self._taken: set[Path] = set()
        self._sent: dict[tuple[int, int], SignalInfo] = {}
        stream = kernel.events
        stream.subscribe(events.Signalled, self._signalled)
        stream.subscribe(events.Handled, self._handled)
        stream.subscribe(events.ThreadExited, self._thread_exited)
        stream.subscribe(events.Exited, self._exited)

    # --- which signal it was ----------------------------------------------------------------------------------------

    def _signalled(self, event: events.Signalled) -> None:
        """Remember what is known of a signal; of one that waits already, the first sending counts."""
        key = event.pid, event.signal
        task = self._kernel.processes.thread(event.pid)
        waits = task is not None and task.signals.pending & bit(event.signal)
        if default_action(event.signal) is Action.DUMP and not (waits and key in self._sent):
            self._sent[key] = SignalInfo(event.signal, event.code, event.fields)

    def _handled(self, event: events.Handled) -> None:
        self._sent.pop((event.pid, event.signal), None)

    def _thread_exited(self, event: events.ThreadExited) -> None:
        self._forget(event.thread)

    def _forget(self, number: int) -> None:
        for key in [key for key in self._sent if key[0] == number]:
            del self._sent[key]

    # --- writing ----------------------------------------------------------------------------------------------------

    def _exited(self, event: events.Exited) -> None:
        process, running = self._kernel.processes[event.pid], self._kernel.running
        taker = running if running is not None and running in process.threads else process.threads[0]
        if event.signal is not None and _asks_for_core(process, event.signal):
            if len(self.cores) < MOST_CORES:
                core = self._core(process, taker, event.signal)
                self.cores.append(core)
                self._listener(core)
            else:
                self.more += 1
        for thread in process.threads:
            self._forget(thread.tid)
        self._forget(event.pid)

    def _core(self, process: Process, taker: Task, signal: int) -> Core:
        info = self._sent.get((taker.tid, signal)) or self._sent.get((process.pid, signal))
        path = self._path(process, signal)
        try:
            if path in self._taken:
                raise Occupied("another core of this run has that name")
            info = info or SignalInfo.of(signal, SI_USER)
            is_again = put(path, ET_CORE, lambda descriptor: write_core(descriptor, process, taker, info))
        except OSError as error:
            return Core(process.pid, process.name, signal, path, problem=error.strerror or str(error))
        self._taken.add(path)
        try:
            return Core(process.pid, process.name, signal, path, self._image(process, path), is_again)
        except (OSError, SystemCallError, MachineStopped) as error:  # there is no time to build it again
            why = getattr(error, "strerror", "") or str(error)
            return Core(process.pid, process.name, signal, path, None, is_again, image_problem=why)

    def _path(self, process: Process, signal: int) -> Path:
        path = expanded(self._pattern, process.pid, process.name, signal)
        if Path(path) in self._taken and not names_every_process(self._pattern):
            path += f".{process.pid}"
        return Path(path)

    def _image(self, process: Process, core: Path) -> Path:
        """The file with the image that a process runs, made where there is none."""
        image = self._kernel.loader.image_file(process.path)
        if self._program is not None and _holds(self._program, image):
            return self._program
        path = Path(f"{core}.image")
        put(path, ET_EXEC, lambda descriptor: _write_all(descriptor, image))
        return path


def _asks_for_core(process: Process, signal: int) -> bool:
    """Tell whether Linux would pipe a core to a program (fs/coredump.c, do_coredump)."""
    soft, _ = process.limits.get(Limit.RLIMIT_CORE, (0, 0))
    return default_action(signal) is Action.DUMP and process.memory.is_dumpable and soft != 1


def _holds(path: Path, data: bytes) -> bool:
    with suppress(OSError):
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    return False


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
