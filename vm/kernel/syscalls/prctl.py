"""What a process says of itself, and asks for itself: prctl(2)."""

from __future__ import annotations

from dataclasses import replace

from vm.abi import CAP_LAST_CAP, NAME_SIZE, SIGNAL_LIMIT, Errno, Option
from vm.abi.layout import WORD
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call


@call(
    "prctl",
    "EFAULT EINVAL",
    "PR_SET_ and PR_GET_ of NAME, PDEATHSIG, CHILD_SUBREAPER, DUMPABLE, NO_NEW_PRIVS and TIMERSLACK (timers are exact "
    "all the same); PR_CAPBSET_READ",
    returns=Kind.PRCTL_RESULT,
    option=Kind.PRCTL,
    first=Kind.PRCTL_ARGUMENT,
    second=Kind.PRCTL_REST,
    third=Kind.PRCTL_REST,
    fourth=Kind.PRCTL_REST,
)
def prctl(kernel: Kernel, task: Task, option: int, first: int, second: int, third: int, fourth: int) -> int:
    """prctl(2)."""
    match option:
        case Option.PR_SET_NAME:
            name = task.memory.read_string(first, NAME_SIZE)
            name = task.memory.read(first, NAME_SIZE - 1) if name is None else name
            task.name = name[: NAME_SIZE - 1].decode(errors="surrogateescape")
        case Option.PR_GET_NAME:
            name = task.name.encode(errors="surrogateescape")[: NAME_SIZE - 1]
            task.memory.write(first, name.ljust(NAME_SIZE, b"\0"))
        case Option.PR_SET_PDEATHSIG:
            if first > SIGNAL_LIMIT:
                raise SystemCallError(Errno.EINVAL)
            task.process.death_signal = first
        case Option.PR_GET_PDEATHSIG:
            task.memory.write(first, WORD.pack(task.process.death_signal))
        case Option.PR_SET_CHILD_SUBREAPER:
            task.process.is_subreaper = first != 0
        case Option.PR_GET_CHILD_SUBREAPER:
            task.memory.write(first, WORD.pack(task.process.is_subreaper))
        case _:
            return _ask_or_limit(task, option, first, (second, third, fourth))
    return 0


def _ask_or_limit(task: Task, option: int, first: int, rest: tuple[int, int, int]) -> int:
    """The options by which a process limits itself, and those that tell by their result."""
    match option:
        case Option.PR_SET_DUMPABLE if first in (0, 1):
            task.memory.is_dumpable = bool(first)
        case Option.PR_GET_DUMPABLE:
            return int(task.memory.is_dumpable)
        case Option.PR_SET_NO_NEW_PRIVS if first == 1 and not any(rest):
            task.credentials = replace(task.credentials, no_new_privileges=True)
        case Option.PR_GET_NO_NEW_PRIVS if not first and not any(rest):
            return int(task.credentials.no_new_privileges)
        case Option.PR_SET_TIMERSLACK:
            policy = task.policy
            task.policy = policy if policy.priority else replace(policy, slack=first or policy.usual_slack)
        case Option.PR_GET_TIMERSLACK:
            return task.policy.slack
        case Option.PR_CAPBSET_READ if first <= CAP_LAST_CAP:
            return 1
        case _:
            raise SystemCallError(Errno.EINVAL)
    return 0
