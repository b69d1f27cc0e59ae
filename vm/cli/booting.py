"""What every command does that runs a program: it makes sure that all is there, compiles, and boots a machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from vm import collecting, remarks
from vm.cli import fail, say
from vm.cli.compiling import Compiling
from vm.cli.limits import check_address_space
from vm.cli.machine import environment_of, machine_of
from vm.cli.schedules import Scheduling
from vm.cli.streams import guest_input, guest_output

if TYPE_CHECKING:
    from vm.kernel.ports import Input
    from vm.run import Run


def say_remarks() -> None:
    """From now on, say what is remarked: that the C library is built, or that something is not kept."""
    if say not in remarks.listeners:
        remarks.listeners.append(say)


def prepare_compiler(program: str) -> None:
    """For a program that a C compiler makes: say what is missing."""
    if not program.endswith((".c", ".S")):
        return
    from vm import toolchain

    if not toolchain.is_installed():
        fail(f"{program}: {toolchain.INSTALL}")


def prepare(measured: bool, checked: bool) -> None:
    """Compile the machine if that has never been done, and the checker for a run that is checked.

    For a run whose times are shown, the machine is loaded at once.
    """
    check_address_space()
    from vm.cli.hostfault import tell_host_faults
    from vm.native import jit, parts

    tell_host_faults()
    say_remarks()
    try:
        with Compiling() as told:
            jit.prepare((*parts.MACHINE, parts.CHECKER) if checked else parts.MACHINE, told)
    except parts.CannotCompile as error:
        if os.environ.get("FORKLORE_TRACEBACK"):
            raise  # with all that the compiler said
        fail(str(error))


def boot(
    program: str, arguments: tuple[str, ...], options: dict[str, Any], scheduling: Scheduling | None = None, *,
    given_input: bytes | Input | None = None, output: int | None = 1, errors: int = 2, waker: int | None = None,
    observe: Callable[[Run], None] = lambda run: None,
) -> Run | int:  # fmt: skip
    """Boot the machine for this terminal, the guest's standard outputs being descriptors ``output`` and ``errors``: the
    run, or after a message the status to exit with. Without ``output`` all of that is kept. Its standard input is ours
    unless another is given. ``scheduling`` is what there is to record, or to repeat. ``observe`` is called with the run
    before it starts, for those who want to hear of its first exec.
    """
    from vm.run import CannotRun
    from vm.settings import WrongSetting

    machine, environment = machine_of(options), environment_of(options)
    given: dict[str, Any] = {}
    if scheduling is not None:
        environment, given = scheduling.environment(environment), scheduling.boot_options
    source: Any = b"" if "schedule" in given else guest_input(waker) if given_input is None else given_input
    sinks = (None, None) if output is None else (guest_output(output), guest_output(errors))
    try:
        booted = machine.boot(
            program, arguments, environment=environment, input=source, output=sinks[0], errors=sinks[1],
            keep=output is None, **given,
        )  # fmt: skip
        observe(booted)
        booted.start()
    except CannotRun as error:
        from vm.cli.diagnostics import tell_refusal

        tell_refusal(str(error))
        return error.status
    except WrongSetting as error:
        raise click.UsageError(str(error)) from None
    except ValueError as error:
        from vm.schedules.schedule import WrongSchedule

        if scheduling is None or not isinstance(error, WrongSchedule):
            raise
        raise click.UsageError(f"{scheduling.file}: {error}") from None
    collecting.settle()
    return booted
