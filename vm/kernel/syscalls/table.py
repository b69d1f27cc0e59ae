"""The table of system calls: one row a call, registered by a decorator above its handler.

Subjects that few programs use are imported when one of their calls is first made, or asked about.

A handler takes the kernel, the calling task and the call's arguments, and returns the result for a0; a
:class:`~vm.kernel.process.task.Wait` when the call must wait, after which it is run again with the same arguments; or
None when there is nobody to return to. It fails by raising SystemCallError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from vm.abi import CALL_NUMBERS
from vm.kernel.process.task import Wait
from vm.kernel.syscalls.kinds import Kind
from vm.values import dataclass

Handler = Callable[..., int | Wait | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One system call: its arguments by name, the errors it can return, and where it differs from Linux.

    ``arguments`` are pairs of a name and a kind, ``returns`` is the kind of the result. ``signed`` and ``descriptors``
    are the places of those that are such.
    """

    number: int
    name: str
    arguments: tuple[tuple[str, Kind], ...]
    errors: tuple[str, ...]
    deviation: str
    handler: Handler
    signed: tuple[int, ...]
    returns: Kind = Kind.INT
    descriptors: tuple[int, ...] = ()


LATER: dict[str, str] = {
    "epoll": "epoll_create1 epoll_ctl epoll_pwait epoll_pwait2",
    "eventfd": "eventfd2",
    "posix_timers": "timer_create timer_delete timer_getoverrun timer_gettime64 timer_settime64",
    "scheduling": (
        "sched_setscheduler sched_getscheduler sched_setparam sched_getparam sched_setattr sched_getattr "
        "sched_get_priority_max sched_get_priority_min sched_rr_get_interval_time64 getpriority setpriority "
        "sched_getaffinity sched_setaffinity"
    ),
    "signalfd": "signalfd4",
    "timerfd": "timerfd_create timerfd_gettime64 timerfd_settime64",
    "semaphores": "semget semop semtimedop_time64 semctl",
    "shared_memory": "shmget shmat shmdt shmctl",
    "message_queues": "msgget msgsnd msgrcv msgctl",
    "posix_queues": "mq_open mq_unlink mq_timedsend_time64 mq_timedreceive_time64 mq_notify mq_getsetattr",
    "sockets": "socket socketpair bind listen shutdown getsockname getpeername",
    "connecting": "connect accept accept4",
    "socket_options": "setsockopt getsockopt",
    "messages": "sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg_time64",
}
"""The subjects that are imported when they are wanted: the names of their calls, by the name of their file."""

_LATER = {CALL_NUMBERS[name]: subject for subject, names in LATER.items() for name in names.split()}

ROWS: dict[int, Row] = {}
"""The rows of what is imported so far, by number."""


def find_row(number: int) -> Row | None:
    """Return the row of a call, for which its subject is imported; None for one that is not implemented."""
    if number not in ROWS and number in _LATER:
        import_module(f"vm.kernel.syscalls.{_LATER[number]}")
    return ROWS.get(number)


class _Table(Mapping[int, Row]):
    """Every implemented call; to go through all of them imports every subject."""

    def __getitem__(self, number: int) -> Row:
        row = find_row(number)
        if row is None:
            raise KeyError(number)
        return row

    def __contains__(self, number: object) -> bool:
        return number in ROWS or number in _LATER

    def __iter__(self) -> Iterator[int]:
        for number in _LATER:
            find_row(number)
        return iter(dict(ROWS))

    def __len__(self) -> int:
        return len(ROWS.keys() | _LATER.keys())


TABLE = _Table()
"""Every implemented call, by number."""


def call(
    name: str, errors: str = "", deviation: str = "", returns: Kind = Kind.INT, **arguments: Kind
) -> Callable[[Handler], Handler]:
    """Register the handler below as system call ``name``; its number comes from :mod:`vm.abi`."""
    number = CALL_NUMBERS[name]
    signed = tuple(index for index, kind in enumerate(arguments.values()) if kind.is_signed)
    # A lock of fcntl(2) is for what the descriptor refers to when it is got, so that call does not hold it.
    held = Kind.FD if name != "fcntl64" else None
    descriptors = tuple(index for index, kind in enumerate(arguments.values()) if kind is held)

    def register(handler: Handler) -> Handler:
        assert number not in ROWS, f"system call {number} registered twice"
        ROWS[number] = Row(
            number, name, tuple(arguments.items()), tuple(errors.split()), deviation, handler, signed, returns,
            descriptors,
        )  # fmt: skip
        return handler

    return register


def as_signed(value: Any) -> int:
    """Read a 32-bit register as a signed number."""
    return int(value) - ((int(value) & 0x8000_0000) << 1)
