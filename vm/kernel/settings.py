"""What a machine is made of."""

from __future__ import annotations

from dataclasses import dataclass

from vm.abi import PAGE_SIZE, STACK_TOP
from vm.cpu.engines import ENGINES
from vm.kernel.errors import WrongSetting
from vm.memory.frames import LARGEST_MEMORY
from vm.memory.strategies import STRATEGIES
from vm.memory.trampoline import FRAMES

LARGEST_STACK = STACK_TOP // 2
SMALLEST_MEMORY = FRAMES * PAGE_SIZE
"""What the machine itself needs."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a machine is made of and where its limits are; None is no limit.

    Sizes in bytes, ``quantum`` and ``instructions`` in instructions, ``seconds`` of the host's time. ``disk`` is for
    all that programs write to files. ``child_first``: after fork the child runs before its parent goes on. ``epoch``:
    the time of day at boot, in seconds since 1970. ``strategy``: how fork makes the child's memory, a name of
    :data:`vm.memory.strategies.STRATEGIES`. ``vfork_as_fork``: vfork, and clone with CLONE_VFORK, share nothing and
    suspend nobody, as under QEMU's user mode, valgrind or a thread sanitizer.
    ``engine``: who executes instructions, with the same results whoever it is. Raises WrongSetting, which names the
    setting, for values that make no machine.
    """

    memory: int = 256 << 20
    stack: int = 8 << 20
    processes: int = 64
    open_files: int = 256
    disk: int = 64 << 20
    instructions: int | None = None
    output: int | None = None
    seconds: float | None = None
    quantum: int = 10_000
    child_first: bool = False
    seed: int = 0
    epoch: int = 1_767_225_600
    strategy: str = "copy"
    vfork_as_fork: bool = False
    engine: str = "auto"
    overcommit: bool = False
    uid: int = 1000
    gid: int = 1000

    def __post_init__(self) -> None:
        for name, lowest in (
            ("processes", 2), ("open_files", 3), ("quantum", 1), ("instructions", 1), ("output", 0), ("uid", 0),
            ("gid", 0), ("epoch", 0), ("disk", 0),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < lowest:
                raise WrongSetting(f"{name} {value} is less than {lowest}")
        for name, lowest, largest in (
            ("memory", SMALLEST_MEMORY, LARGEST_MEMORY), ("stack", PAGE_SIZE, LARGEST_STACK),
        ):  # fmt: skip
            value = getattr(self, name)
            if value % PAGE_SIZE or not lowest <= value <= largest:
                raise WrongSetting(
                    f"{name} size {value} is not a multiple of {PAGE_SIZE} from {lowest} up to {largest}"
                )
        if self.seconds is not None and not self.seconds > 0:
            raise WrongSetting(f"seconds {self.seconds:g} is not more than 0")
        if self.engine not in ENGINES:
            raise WrongSetting(f"engine {self.engine!r} is none of {', '.join(ENGINES)}")
        if self.strategy not in STRATEGIES:
            raise WrongSetting(f"strategy {self.strategy!r} is none of {', '.join(STRATEGIES)}")
