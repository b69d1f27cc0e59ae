"""Switching a machine on: its state, its first process."""

from __future__ import annotations

from collections.abc import Mapping

from vm.kernel.choice import Chooser
from vm.kernel.exec.loader import Builder
from vm.kernel.files.proc import ProcFolder
from vm.kernel.files.terminal import Console, standard_streams
from vm.kernel.files.world import Files
from vm.kernel.kernel import Kernel
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.lifecycle import execute
from vm.kernel.process.task import REAPER
from vm.kernel.system import System
from vm.settings import Settings


def new_machine(
    settings: Settings, files: Files, console: Console, builders: Mapping[str, Builder],
    chooser: Chooser | None = None,
) -> Kernel:  # fmt: skip
    """Make a machine without a program. Raises WrongSetting for folders that cannot be where they are wanted."""
    system = System(settings, files, console)
    system.world.mount(b"/proc", ProcFolder(system))
    system.world.open_to_programs(settings.disk)
    return Kernel(system, builders, chooser)


def new_program(kernel: Kernel) -> None:
    """Make the first process, pid 2, with nothing in it yet."""
    system, settings = kernel.system, kernel.settings
    who = Credentials.of(settings.uid, settings.gid)
    task = system.new_task(REAPER, (1,), who, open_files=settings.open_files)
    system.program = task.process


def start(kernel: Kernel, path: bytes, arguments: tuple[bytes, ...], environment: tuple[bytes, ...]) -> None:
    """Let the first process execute ``path``. SystemCallError if it cannot."""
    system, program = kernel.system, kernel.system.program
    assert program is not None, "there is no first process"
    task = program.leader
    system.running = task
    execute(kernel, task, path, arguments, environment)
    streams = standard_streams(
        system.console, system.world.pipes, system.world.console, task.user, system.terminal, system.meter
    )
    for number, file in enumerate(streams):
        if file is not None:
            task.files.open(file, number)
    kernel.processes.add(task)
    kernel.scheduler.add(task)
