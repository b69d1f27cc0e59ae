"""Services for memory, time, random numbers and the end; and those that this machine cannot have."""

from __future__ import annotations

from vm.abi import NANOSECONDS, waits
from vm.abi.layout import WORD
from vm.isa import A0
from vm.kernel.kernel import Kernel
from vm.kernel.process import lifecycle
from vm.kernel.process.personality import Personality
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.services.table import Ended, service, tell
from vm.kernel.syscalls import Kind
from vm.kernel.syscalls.timeouts import wait_until
from vm.memory import OutOfMemory

MILLISECOND = NANOSECONDS // 1000


def personality(task: Task) -> Personality:
    """Return what the services of a process remember."""
    assert task.process.personality is not None
    return task.process.personality


# --- memory ---------------------------------------------------------------------------------------------------------


@service(
    "sbrk", "makes the heap larger by size bytes, rounded up to words", "the address of the new part", size=Kind.INT
)
def sbrk(kernel: Kernel, task: Task, size: int) -> int:
    """RARS's Sbrk, Venus's sbrk."""
    if size < 0:
        raise Ended(f"{size} bytes cannot be given back")
    own = personality(task)
    start, end = own.heap, own.heap + size + -size % 4
    if end > task.memory.brk:
        try:
            task.memory.set_brk(end)
        except (ValueError, OutOfMemory):
            raise Ended(f"there is no memory for {size:,} bytes") from None
    own.heap = end
    return start


@service(
    "venus:allocate", "with a6 1 malloc(size), 2 calloc(size, count), 3 realloc(address, size), 4 free(address)",
    "the address of the memory", first=Kind.SIZE, second=Kind.SIZE, third=Kind.SIZE, fourth=Kind.SIZE,
    fifth=Kind.SIZE, which=Kind.SIZE,
)  # fmt: skip
def allocate(
    kernel: Kernel, task: Task, first: int, second: int, third: int, fourth: int, fifth: int, which: int
) -> int:
    """Venus's clib: free memory is not used again. The word before what is given out is its size."""
    if which == 4:
        return 0
    if which not in (1, 2, 3):
        raise Ended(f"there is no function {which}")
    size = first if which == 1 else first * second if which == 2 else second
    if size >= 1 << 31:
        return 0
    address = sbrk(kernel, task, size + 8) + 8
    task.memory.write(address - 4, WORD.pack(size))
    if which == 3 and first:
        kept = min(task.memory.read_word(first - 4 & 0xFFFF_FFFF), size)
        task.memory.write(address, task.memory.read(first, kept))
    return address


@service("venus:atoi", "reads the number that a string holds", "the number, 0 for what is none", string=Kind.PATH)
def atoi(kernel: Kernel, task: Task, string: int) -> int:
    """Venus's atoi."""
    data = task.memory.read_string(string, 4096) or b""
    try:
        number = int(data) if not data[:1].isspace() and b"_" not in data else 0
    except ValueError:
        return 0
    return number if -(1 << 31) <= number < 1 << 31 else 0


# --- the end --------------------------------------------------------------------------------------------------------


@service("exit", "ends the program with status 0")
def leave(kernel: Kernel, task: Task) -> None:
    """RARS's Exit."""
    lifecycle.terminate(kernel, task.process, 0)


@service("exit2", "ends the program with this status", status=Kind.INT)
def leave_with(kernel: Kernel, task: Task, status: int) -> None:
    """RARS's Exit2."""
    lifecycle.terminate(kernel, task.process, waits.exited(status))


@service("end_of_code", "is behind the last instruction: ends the program with status 0")
def end_of_code(kernel: Kernel, task: Task) -> None:
    """RARS's "dropping off the bottom"."""
    if personality(task).dialect == "rars":
        tell(kernel, task, "the program has run into the end of its code; service 10 (exit) ends one")
    lifecycle.terminate(kernel, task.process, 0)


@service("return_from_main", "is what main returns to: ends the program, Venus's with the status in a0")
def return_from_main(kernel: Kernel, task: Task) -> None:
    """Venus's end of main."""
    status = int(task.context[A0]) & 0xFF if personality(task).dialect == "venus" else 0
    lifecycle.terminate(kernel, task.process, waits.exited(status))


# --- time -----------------------------------------------------------------------------------------------------------


@service("time", "tells the milliseconds since 1970, the high word in a1", "the low word")
def time(kernel: Kernel, task: Task) -> int:
    """RARS's Time."""
    milliseconds = kernel.system.clock.time_of_day // MILLISECOND
    task.context[A0 + 1] = milliseconds >> 32 & 0xFFFF_FFFF
    return milliseconds & 0xFFFF_FFFF


@service("sleep", "waits so many milliseconds", duration=Kind.INT)
def sleep(kernel: Kernel, task: Task, duration: int) -> Wait | None:
    """RARS's Sleep."""
    if task.deadline is None:
        task.deadline = min(kernel.clock + max(duration, 0) * MILLISECOND, NEVER)
    if task.deadline <= kernel.clock:
        return None
    return Wait((), "its sleep to end", wait_until(task.deadline), Restart.UNLESS_HANDLED)


# --- random numbers -------------------------------------------------------------------------------------------------

_MASK = (1 << 48) - 1
_MULTIPLIER, _ADDEND = 0x5_DEEC_E66D, 0xB
"""java.util.Random's linear congruential generator, which RARS's numbers come from."""
STREAMS = 1024
"""Random number generators that a process has at most."""


def _seed(task: Task, index: int, seed: int) -> None:
    streams = personality(task).random
    if index not in streams and len(streams) >= STREAMS:
        raise Ended(f"more than {STREAMS} generators of random numbers")
    streams[index] = (seed ^ _MULTIPLIER) & _MASK


def _next(kernel: Kernel, task: Task, index: int, bits: int) -> int:
    """Return the next ``bits`` bits of a generator; the machine's seed begins one that the program has given none."""
    streams = personality(task).random
    if index not in streams:
        _seed(task, index, int.from_bytes(task.random.take(6), "little"))
    state = streams[index] = streams[index] * _MULTIPLIER + _ADDEND & _MASK
    return state >> 48 - bits


@service("rand_seed", "gives generator number index a seed", index=Kind.INT, seed=Kind.INT)
def rand_seed(kernel: Kernel, task: Task, index: int, seed: int) -> None:
    """RARS's RandSeed."""
    _seed(task, index, seed)


@service("rand_int", "takes a random number from generator number index", "the number", index=Kind.INT)
def rand_int(kernel: Kernel, task: Task, index: int) -> int:
    """RARS's RandInt: Random.nextInt()."""
    return _next(kernel, task, index, 32)


@service(
    "rand_int_range", "takes a random number from 0 up to below bound from generator number index", "the number",
    index=Kind.INT, bound=Kind.INT,
)  # fmt: skip
def rand_int_range(kernel: Kernel, task: Task, index: int, bound: int) -> int:
    """RARS's RandIntRange: Random.nextInt(bound)."""
    if bound <= 0:
        raise Ended(f"the bound {bound} is not positive")
    bits = _next(kernel, task, index, 31)
    if not bound & bound - 1:
        return bound * bits >> 31
    while bits - bits % bound + bound - 1 >= 1 << 31:
        bits = _next(kernel, task, index, 31)
    return bits % bound


# --- what there is not ----------------------------------------------------------------------------------------------

_FLOAT = "print_float print_double read_float read_double rand_float rand_double"
_DIALOGS = (
    "confirm_dialog input_dialog_int input_dialog_float input_dialog_double input_dialog_string message_dialog "
    "message_dialog_int message_dialog_double message_dialog_string message_dialog_float"
)


@service(_FLOAT, "is not there: ends the program")
def no_floating_point(kernel: Kernel, task: Task) -> None:
    """Services for numbers in registers that this machine does not have."""
    raise Ended("the machine is RV32IMA: it has no floating point")


@service(_DIALOGS, "is not there: ends the program")
def no_dialogs(kernel: Kernel, task: Task) -> None:
    """Services that open a window."""
    raise Ended("there are no windows here; services 4, 5 and 8 print and read")


@service("midi_out midi_out_sync", "plays nothing, and says so once")
def no_sound(kernel: Kernel, task: Task) -> None:
    """RARS's MidiOut."""
    said = personality(task).said
    if "sound" not in said:
        said.add("sound")
        tell(kernel, task, "midi_out: there is no sound here; the program goes on")
