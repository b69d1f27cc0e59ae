"""The table of services: one row a service, registered by a decorator above its handler.

A handler takes the kernel, the calling task and the arguments, and answers as a system call's does. Where it gives
None and the process lives on, a0 stays what it was. A service that fails raises SystemCallError, which is -1 in a0;
one that cannot go on ends the program by raising :class:`Ended`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from vm import events
from vm.abi import waits
from vm.isa import A0
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import lifecycle
from vm.kernel.process.task import State, Task, Wait
from vm.kernel.syscalls import TABLE, Kind, Row
from vm.memory import BadAddress
from vm.services import DEVICES, ENDING, RARS, RETURNED, SERVICES, VENUS
from vm.values import dataclass

Handler = Callable[..., int | Wait | None]
F = TypeVar("F", bound=Handler)

BASES: Mapping[str, int] = {RARS: 1 << 32, VENUS: 2 << 32}
"""What is added to a service's number where it has to differ from those of Linux's calls, and of other dialects."""

FAILED = 1
"""Exit status of a program that a service has ended because it could not go on."""


class Ended(Exception):
    """A service cannot go on; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a service is for, as the manual shows it: ``effect`` in words; ``result``, empty where a0 stays."""

    effect: str
    result: str


ROWS: dict[int, Row] = {}
"""Every service, by its dialect's base and its number."""

DESCRIPTIONS: dict[int, Description] = {}
"""What the manual says of them."""


def service(names: str, effect: str, result: str = "", **arguments: Kind) -> Callable[[F], F]:
    """Register the handler below as the services ``names``, each as ``dialect:name``, or a name for every dialect."""
    signed = tuple(index for index, kind in enumerate(arguments.values()) if kind.is_signed)

    def register(handler: F) -> F:
        for dialect, name in _each(names):
            for number, known in SERVICES[dialect].items():
                if known == name:
                    key = BASES[dialect] + number
                    assert key not in ROWS, f"service {name} of {dialect} registered twice"
                    ROWS[key] = Row(number, name, tuple(arguments.items()), (), "", _guarded(name, handler), signed)
                    DESCRIPTIONS[key] = Description(effect, result)
        return handler

    return register


def _each(names: str) -> list[tuple[str, str]]:
    pairs = []
    for word in names.split():
        dialect, colon, name = word.rpartition(":")
        pairs += (
            [(dialect, name)] if colon else [(every, name) for every in SERVICES if name in SERVICES[every].values()]
        )
    return pairs


def _guarded(name: str, handler: Handler) -> Handler:
    """``handler`` with the ways in which services fail."""

    def call(kernel: Kernel, task: Task, *arguments: int) -> int | Wait | None:
        try:
            result = handler(kernel, task, *arguments)
        except Ended as ended:
            stop(kernel, task, f"{name}: {ended}")
            return None
        except BadAddress as error:
            stop(kernel, task, f"{name}: the program has no memory at {error.address:#x}")
            return None
        except SystemCallError:
            return 0xFFFF_FFFF
        if result is None and task.state is not State.ZOMBIE:
            return int(task.context[A0])
        return result & 0xFFFF_FFFF if isinstance(result, int) else result

    return call


def stop(kernel: Kernel, task: Task, text: str) -> None:
    """End the program with a message for its user."""
    tell(kernel, task, text)
    lifecycle.terminate(kernel, task.process, waits.exited(FAILED))


def tell(kernel: Kernel, task: Task, text: str) -> None:
    """Say something to the user of a program, not to the program."""
    if kernel.system.words > 0:
        kernel.system.words -= 1
        kernel.emit(events.Warned, task.pid, task.process.path, f"{task.name}: {text}")


def explain_fault(kernel: Kernel, task: Task, address: int) -> None:
    """Say what a program has looked for where a simulator would have a device."""
    if address >= DEVICES:
        tell(kernel, task, f"there is no device at {address:#x}: this machine has none in memory")


def requested(dialect: str, registers: list[int]) -> tuple[int, tuple[int, ...]]:
    """Return the number of the call that a process makes, and its arguments; ``registers`` are a0 to a7.

    A service's number has its dialect's base added. What a dialect does not have is Linux's, if Linux has it.
    """
    number, arguments = (registers[7], registers[:6]) if dialect == RARS else (registers[0], registers[1:7])
    if registers[7] in (ENDING, RETURNED):
        number, arguments = registers[7], registers[:6]
    if number not in SERVICES[dialect] and number in TABLE:
        return number, tuple(arguments)
    return BASES[dialect] + number, tuple(arguments)


def find_row(number: int) -> Row | None:
    """Return the system call or the service of this number.

    For a service that its dialect does not have, one that says so.

    None for a call that Linux would not know either.
    """
    row = TABLE.get(number)
    if row is not None:  # nearly always
        return row
    row = ROWS.get(number)
    if row is None and number >> 32:
        dialect = next(name for name, base in BASES.items() if base == number >> 32 << 32)
        plain = number & 0xFFFF_FFFF

        def unknown(kernel: Kernel, task: Task, *arguments: int) -> None:
            stop(kernel, task, f"service {plain} is neither one of {dialect}'s nor one of Linux's")

        return Row(plain, f"service_{plain}", (), (), "", unknown, ())
    return row
