"""What a machine is made of: plain values, each with its default, its bounds and a sentence of help.

This is the one description of them. The command line makes its options of it, Python takes the same names.
"""

from __future__ import annotations

import operator
from dataclasses import field, fields
from typing import Any, Literal, get_args

from vm.abi import PAGE_SIZE, STACK_LIMIT, STACK_TOP
from vm.services import DialectName
from vm.text import brief
from vm.values import dataclass

LARGEST_MEMORY = 3 << 30
"""Bytes of physical memory accepted at most."""
SMALLEST_MEMORY = 2 * PAGE_SIZE
"""What the machine itself needs."""
LARGEST_STACK = STACK_TOP // 2
LARGEST_ID = (1 << 32) - 2
"""The largest number of a user or group: the one after it stands for none (chown(2))."""

FORK, GUEST, LIMITS, SCHEDULING = "Fork", "Guest", "Limits", "Scheduling"
"""The groups of settings: what fork does, what the guest is otherwise, how much of everything it has, who runs when."""

BYTES, SECONDS, USER = "bytes", "seconds", "user"
"""Units that are not merely counted."""

StrategyName = Literal["copy", "cow", "on-demand"]
First = Literal["parent", "child"]
EngineName = Literal["interpreter", "translator", "auto"]


class WrongSetting(ValueError):
    """What a machine was to be made of makes none; the text says which setting and why."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a setting is: its ``group``, and its ``help`` on the command line, which has no option for one without.

    A setting is one of ``choices``, or a flag, or something counted in ``unit``: then it is from ``lowest`` to
    ``largest``, where there are such, and a multiple of ``step``. Without a ``default`` it may be None.
    """

    default: Any
    group: str
    help: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    lowest: int | None = None
    largest: int | None = None
    step: int = 1

    @property
    def is_flag(self) -> bool:
        """True for a setting that is on or off."""
        return isinstance(self.default, bool)


def _about(group: str, text: str, unit: str = "", **bounds: Any) -> dict[str, Any]:
    """What a field says of its setting beside the default."""
    return {"group": group, "help": text, "unit": unit, **bounds}


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """What a machine is made of and where its limits are; None is no limit.

    Sizes are in bytes, ``quantum`` and ``instructions`` in instructions, ``seconds`` in the host's time. ``user`` is a
    number or "root", with a group behind a colon if that is another. ``epoch``: the time of day at boot, in seconds
    since 1970. Raises WrongSetting, which names the setting, for values that make no machine, and TypeError for what
    is no such value.
    """

    fork: StrategyName = field(
        default="copy",
        metadata=_about(
            FORK,
            "How fork makes the child's memory: pages copied at once, at the first write, or page tables shared too.",
            choices=get_args(StrategyName),
        ),
    )
    vfork_as_fork: bool = field(
        default=False, metadata=_about(FORK, "Let vfork be a fork, as some tools do; it hides what goes wrong.")
    )
    user: int | str = field(
        default=1000, metadata=_about(GUEST, "Who runs the program: root or a number, as 1000 or 1000:100.", USER)
    )
    seed: int = field(default=0, metadata=_about(GUEST, "What the guest's random bytes come from."))
    epoch: int = field(default=1_767_225_600, metadata=_about(GUEST, "", "whole seconds", lowest=0))
    engine: EngineName = field(
        default="auto",
        metadata=_about(GUEST, "What executes instructions; the results are the same.", choices=get_args(EngineName)),
    )
    dialect: DialectName = field(
        default="auto",
        metadata=_about(
            GUEST,
            "How the program is written and whose calls it makes. auto: GNU's and Linux's, but for what is a "
            "simulator's beyond doubt.",
            choices=get_args(DialectName),
        ),
    )
    memory: int = field(
        default=256 << 20,
        metadata=_about(
            LIMITS, "Physical memory.", "bytes", lowest=SMALLEST_MEMORY, largest=LARGEST_MEMORY, step=PAGE_SIZE
        ),
    )
    stack: int = field(
        default=STACK_LIMIT,
        metadata=_about(
            LIMITS, "How far a stack may grow.", "bytes", lowest=PAGE_SIZE, largest=LARGEST_STACK, step=PAGE_SIZE
        ),
    )
    disk: int = field(
        default=64 << 20,
        metadata=_about(LIMITS, "What programs may write to files, which stays in memory.", "bytes", lowest=0),
    )
    overcommit: bool = field(
        default=False, metadata=_about(LIMITS, "Promise memory that is not there; a write may then be killed.")
    )
    processes: int = field(
        default=64,
        metadata=_about(
            LIMITS, "Slots of the process table; a thread takes one, too.", "slots", lowest=2, largest=32768
        ),
    )
    open_files: int = field(
        default=256, metadata=_about(LIMITS, "Open descriptors of a process.", "files", lowest=3, largest=65536)
    )
    instructions: int | None = field(
        default=None, metadata=_about(LIMITS, "Instructions of all processes together.", "instructions", lowest=1)
    )
    calls: int | None = field(
        default=None,
        metadata=_about(
            LIMITS,
            "System calls of all processes together, with bounds for what they move, page faults and signals.",
            "calls",
            lowest=0,
        ),
    )
    output: int | None = field(
        default=None,
        metadata=_about(LIMITS, "Bytes written to standard output and error together.", "bytes", lowest=0),
    )
    seconds: float | None = field(default=None, metadata=_about(LIMITS, "Time on this computer's clock.", SECONDS))
    quantum: int = field(
        default=10_000,
        metadata=_about(
            SCHEDULING, "Instructions before the next thread runs.", "instructions", lowest=1, largest=10**9
        ),
    )
    first: First = field(
        default="parent", metadata=_about(SCHEDULING, "Who goes on after fork.", choices=get_args(First))
    )

    real_time: bool = field(
        default=False,
        metadata=_about(SCHEDULING, "Let sleeps last, on this computer's clock; otherwise they take no time."),
    )

    def __post_init__(self) -> None:
        for name, setting in descriptions().items():
            _check(name, getattr(self, name), setting)

    def __repr__(self) -> str:
        given = [(each.name, getattr(self, each.name), each.default) for each in fields(self)]
        told = [f"{name}={brief(value)}" for name, value, usual in given if value != usual]
        return f"{type(self).__name__}({', '.join(told)})"

    @property
    def uid(self) -> int:
        """The number of the user who runs the program."""
        return _ids(self.user)[0]

    @property
    def gid(self) -> int:
        """The number of that user's group."""
        return _ids(self.user)[1]


def descriptions() -> dict[str, Description]:
    """The description of each setting, by its name."""
    return {each.name: Description(each.default, **each.metadata) for each in fields(Settings)}


def _check(name: str, value: Any, setting: Description) -> None:
    """Raise WrongSetting or TypeError unless ``value`` is one for the setting."""
    if value is None and setting.default is None:
        return
    if setting.choices:
        if value not in setting.choices:
            raise WrongSetting(f"{name} {brief(value)} is none of {', '.join(setting.choices)}")
    elif setting.is_flag:
        if not isinstance(value, bool):
            raise TypeError(f"{name} is True or False, not {brief(value)}")
    elif setting.unit == USER:
        _ids(value)
    else:
        _check_number(name, value, setting)


def _check_number(name: str, value: Any, setting: Description) -> None:
    try:
        number = _number(value, setting.unit)
    except OverflowError:
        raise WrongSetting(f"{name} {brief(value)} is more than can be counted") from None
    except (TypeError, ValueError):
        counted = f"a number of {setting.unit}" if setting.unit else "a whole number"
        raise TypeError(f"{name} is {counted}, not {brief(value)}") from None
    low, high = setting.lowest, setting.largest
    fits = (low is None or number >= low) and (high is None or number <= high)
    if setting.step > 1 and not (fits and number % setting.step == 0):
        raise WrongSetting(f"{name} size {brief(value)} is not a multiple of {setting.step} from {low} up to {high}")
    if setting.unit == SECONDS and not number > 0:
        raise WrongSetting(f"{name} {number:g} is not more than 0")
    if not fits:
        side = f"less than {low}" if low is not None and number < low else f"more than {high}"
        raise WrongSetting(f"{name} {brief(value)} is {side}")


def _number(value: Any, unit: str) -> float:
    """A whole number, or one of seconds. TypeError, ValueError, OverflowError."""
    if isinstance(value, bool | str | bytes | bytearray):
        raise TypeError
    return float(value) if unit == SECONDS else operator.index(value)


def _ids(user: Any) -> tuple[int, int]:
    """The numbers of a user and its group. WrongSetting, TypeError."""
    if isinstance(user, bool) or not isinstance(user, int | str):
        raise TypeError(f"user is a number, root, or a text like 1000:100, not {brief(user)}")
    numbers = [user] if isinstance(user, int) else [_id(part) for part in user.split(":")]
    if len(numbers) > 2 or not all(0 <= number <= LARGEST_ID for number in numbers):
        raise WrongSetting(f"user {brief(user)} is neither root nor a number, as 1000 or 1000:100")
    return numbers[0], numbers[-1]


def _id(text: str) -> int:
    """The number that a user or group is named by, -1 for none."""
    if text == "root":
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
