"""From what is left of a process to what happened to it, in words."""

from __future__ import annotations

import re
from typing import NamedTuple

from vm import isa
from vm.abi import PAGE_SIZE, STACK_GUARD, Protection, Signal, signal_name
from vm.observe.deaths.backtrace import Place
from vm.observe.deaths.remains import Area, Cause, Remains
from vm.observe.deaths.words import meaning
from vm.observe.symbols import Symbols
from vm.quantities import plural, size
from vm.text import printable, shortened

NULL_PAGE = PAGE_SIZE
"""Addresses below are told as a null pointer and what is behind it."""
NEAR = 64 << 10
"""Bytes from a segment up to which an address is told by it."""
_BELOW_POINTER = 2048
"""Bytes below the stack pointer that a function may touch first when it makes room for its activation."""
_ALLOCATOR = frozenset((
    "free", "malloc", "realloc", "calloc", "aligned_alloc", "get_meta", "alloc_slot", "alloc_group", "enframe",
    "nontrivial_free", "unmap_chunk", "__libc_free", "__libc_malloc", "__libc_malloc_impl", "__libc_realloc",
    "__libc_calloc",
))  # fmt: skip
"""Functions of musl's allocator, which end the program by a store to address 0 when they find the heap damaged
(a_crash in its src/internal/atomic.h)."""

_STACK_CHECK = frozenset(("__stack_chk_fail", "__stack_chk_fail_local"))
"""What a function calls when it returns and finds changed what the compiler had put behind its arrays."""

_SANITIZER = "__ubsan_handle_"
"""What the names begin with that the sanitizer of undefined behaviour calls for what it has found."""

_MARKS = frozenset(("_end", "_edata", "_etext", "end", "edata", "etext", "_DYNAMIC", "_fini", "_init"))
"""What a linker calls the borders of sections."""


class Explanation(NamedTuple):
    """``what`` happened; ``here``: the same at the place itself, shorter; ``advice`` may be empty."""

    what: str
    here: str = ""
    advice: str = ""


def explain(remains: Remains, symbols: Symbols, places: tuple[Place, ...]) -> Explanation:
    """What happened to a process."""
    if remains.cause is Cause.MEMORY:
        return Explanation(
            "memory that had been promised was not there", "no frame was left",
            "with --overcommit memory is promised that may be missing later; --memory gives more",
        )  # fmt: skip
    if remains.cause is Cause.FAULT:
        return _Fault(remains, symbols, places).explain()
    if remains.cause is Cause.ITSELF:
        if remains.signal == Signal.SIGABRT:
            return _aborted(places)
        if remains.fault is not None:
            how = remains.fault.reason.lower().replace("_", " ")
            return Explanation(f"its handler sent it again after a {how} at {remains.fault.pc:#010x}")
        return Explanation("sent by itself")
    return Explanation(f"sent by pid {remains.sender}" if remains.sender else "")


def _aborted(places: tuple[Place, ...]) -> Explanation:
    functions = {place.function for place in places}
    found = next((name for name in functions if name.startswith(_SANITIZER)), "")
    if found:
        kind = re.sub(r"(_v\d+)?(_minimal)?(_abort)?$", "", found.removeprefix(_SANITIZER)).replace("_", " ")
        return Explanation(f"the sanitizer found undefined behaviour: {kind}", "found here")
    if functions & _STACK_CHECK:
        return _smashed(places)
    if "__assert_fail" in functions:
        return Explanation("assert() failed and called abort()", "this assertion failed")
    if "abort" in functions:
        return Explanation("abort() was called", "abort() called here")
    return Explanation("sent by itself")


def _smashed(places: tuple[Place, ...]) -> Explanation:
    """The check of a stack has failed: it was called by the function whose array it was."""
    calls = [number for number, place in enumerate(places) if place.function in _STACK_CHECK]
    culprit = next((place.function for place in places[calls[-1] + 1 :]), "") or "a function"
    return Explanation(
        f"stack smashing: {culprit} wrote past a local array", f"found when {culprit} was to return",
        "what lies behind the array on the stack was overwritten: copy no more than fits (snprintf, strnlen)",
    )  # fmt: skip


class _Fault:
    """A death by an instruction that could not be executed."""

    def __init__(self, remains: Remains, symbols: Symbols, places: tuple[Place, ...]) -> None:
        self.remains, self.symbols, self.places = remains, symbols, places
        self.row = isa.find(remains.word) if remains.word is not None else None

    def explain(self) -> Explanation:
        fault = self.remains.fault
        if fault is None:
            return self._frame()
        match fault.reason:
            case "ILLEGAL":
                return self._illegal()
            case "BREAKPOINT":
                return Explanation(
                    "ebreak, a breakpoint without a debugger", "breakpoint",
                    "compilers end with it what must not be reached: __builtin_trap, __debugbreak",
                )  # fmt: skip
            case "MISALIGNED_JUMP":
                text = f"jump to {fault.address:#010x}, which is no multiple of 4"
                return Explanation(text, advice="instructions have 32 bits here, and begin at multiples of 4")
            case "MISALIGNED_ATOMIC":
                name = self.row.name if self.row is not None else "an atomic instruction"
                return Explanation(f"{name} at address {fault.address:#010x}, which is no multiple of 4")
            case "FETCH_FAULT":
                return self._jump(fault.address)
        return self._access(fault.address, "store to" if fault.reason == "STORE_FAULT" else "load from")

    def _frame(self) -> Explanation:
        """The kernel's own doing: a signal's record could not be written, or what it holds is wrong."""
        return Explanation(
            "a signal's record did not fit on the stack, or was damaged", "the signal arrived here",
            "sp must point to a stack when a signal arrives; sigaltstack gives handlers one of their own",
        )  # fmt: skip

    def _illegal(self) -> Explanation:
        word = self.remains.word or 0
        found = meaning(word)
        advice = found.advice
        if word == 0 and not self.symbols.section(self.remains.pc):
            text = "the program ran past the end of its code"
            return Explanation(text, advice="it should have ended before: exit is call 93 (li a7, 93; ecall)")
        return Explanation(f"illegal instruction {word:#010x}: {found.text}", found.text, advice)

    # --- jumps ------------------------------------------------------------------------------------------------

    def _jump(self, target: int) -> Explanation:
        area = self.remains.area(target)
        if area is not None:
            return Explanation(f"jump into data: {self._named(target, area)} is not executable", self._called())
        before = self.remains.area(target - 4)
        if before is not None and int(before.protection) & 4:
            text = "the program ran past the end of its code"
            return Explanation(text, advice="it should have ended before: exit is call 93 (li a7, 93; ecall)")
        if target < NULL_PAGE:
            what = "call through a null pointer" if self._is_call() else "jump to a null pointer"
            text = what if target == 0 else f"jump to {target:#x}, near a null pointer"
            advice = "" if self._is_call() else "a return address that was overwritten, or never set, leads there, too"
            return Explanation(text, self._called(), advice)
        if self.remains.standing.registers[isa.RA] & ~1 == target:
            advice = "the return address on the stack was overwritten, as by writing past the end of a local array"
            return Explanation(f"return to {target:#010x}, where nothing is mapped", advice=advice)
        return Explanation(f"jump to {target:#010x}, where nothing is mapped", self._called())

    def _is_call(self) -> bool:
        """True when ra tells that the jump was a call."""
        return self.symbols.is_behind_call(self.remains.standing.registers[isa.RA])

    def _called(self) -> str:
        return "called here" if self._is_call() else ""

    # --- loads and stores -------------------------------------------------------------------------------------

    def _access(self, address: int, verb: str) -> Explanation:
        assert self.remains.fault is not None
        if self.remains.signal == Signal.SIGBUS:
            area = self.remains.area(address)
            name = f" {printable(area.path.decode(errors='replace'))}" if area is not None and area.path else ""
            return Explanation(
                f"{verb} {address:#010x}, beyond the end of the file{name} that is mapped there", "beyond the file",
                "a mapping reaches to the end of a page; the file must be as long (ftruncate)",
            )  # fmt: skip
        area = self.remains.area(address)
        if area is not None:
            return self._forbidden(area, address, verb)
        if address < NULL_PAGE:
            return self._null(address, verb)
        stack = self._overflowed(address)
        if stack is not None:
            return self._overflow(stack)
        return Explanation(f"{verb} {address:#010x}, where nothing is mapped", *self._neighbour(address))

    def _forbidden(self, area: Area, address: int, verb: str) -> Explanation:
        if not area.protection:
            if self.remains.standing.registers[isa.SP] in area:
                return Explanation(
                    "stack overflow: the stack of the thread ends here",
                    "no room for this call's activation",
                    f"{self._calls_itself()}pthread_attr_setstacksize gives a thread a larger stack",
                )
            return Explanation(
                f"{verb} {address:#010x}, which no access is allowed to", "protected",
                "mmap or mprotect gave it PROT_NONE: a guard, or memory that is reserved",
            )  # fmt: skip
        kind = "code" if int(area.protection) & Protection.EXEC else "read-only"
        name = self._named(address, area)
        return Explanation(f"{verb} {kind} {name}", f"{verb} {address:#010x}")

    def _null(self, address: int, verb: str) -> Explanation:
        is_absolute = self.row is not None and not isa.extract(self.row, self.remains.word or 0).get("rs1", 0)
        if is_absolute and self.places[0].function in _STACK_CHECK:
            return _smashed(self.places)
        if is_absolute and any(place.function in _ALLOCATOR for place in self.places[:3]):
            return Explanation(
                "the C library found its heap damaged", "found in this call",
                "something was freed twice, was never allocated, or was written beyond its end",
            )  # fmt: skip
        if is_absolute and self.places[0].is_library:
            return Explanation(
                f"the C library ended the program: {self.places[0].function} was called wrongly", "found in this call"
            )
        if address == 0:
            return Explanation(f"{verb} address 0: a null pointer", "a null pointer")
        advice = "a member or an element of what is not there, or a number taken for a pointer"
        return Explanation(f"{verb} address {address:#x}, near a null pointer", self._base(), advice)

    def _base(self) -> str:
        """What the register holds from which the address was made, where the source shown is that of the access."""
        if not self.places[0].is_own:
            return "called here"
        number = isa.extract(self.row, self.remains.word or 0).get("rs1", 0) if self.row is not None else 0
        if not number:
            return ""
        value = self.remains.standing.registers[number]
        return f"{isa.ABI_NAMES[number]} is {value}" if value < NULL_PAGE else ""

    def _overflowed(self, address: int) -> Area | None:
        """The stack that was to grow down to ``address`` and could not."""
        pointer = self.remains.standing.registers[isa.SP]
        for area in self.remains.areas:
            if area.floor is None or address >= area.start:
                continue
            is_near = area.floor - STACK_GUARD <= address or abs(pointer - address) <= _BELOW_POINTER
            if is_near and pointer < area.start + PAGE_SIZE:
                return area
        return None

    def _overflow(self, stack: Area) -> Explanation:
        assert stack.floor is not None
        text = size(stack.end - stack.floor)
        if not self.remains.has_room:
            return Explanation(
                "stack overflow: no memory is left for the stack to grow", "stack overflow", "--memory gives more"
            )
        return Explanation(
            f"stack overflow: the stack has reached its limit of {text}", "no room for this call's activation",
            f"{self._calls_itself()}--stack sets how far it may grow",
        )  # fmt: skip

    def _calls_itself(self) -> str:
        """Which function, as the beginning of an advice; empty if none is seen to."""
        # Where none are known, ra tells: it is what the function's own last call left there.
        functions = [place.function for place in self.places[:8]]
        functions += [self.symbols.function(self.remains.standing.registers[isa.RA] - 4)] if len(functions) == 1 else []
        again = next((name for name in functions if name and functions.count(name) > 1), "")
        return f"{again} calls itself again and again; " if again else ""

    def _neighbour(self, address: int) -> tuple[str, str]:
        """What is near an address at which nothing is: the segment that it lies behind, or before."""
        near = [(address - area.end, "behind the end of", area) for area in self.remains.areas if area.end <= address]
        near += [(area.start - address, "before", area) for area in self.remains.areas if area.start > address]
        distance, side, area = min(near, key=lambda found: found[0], default=(NEAR, "", None))
        if area is None or distance >= NEAR:
            return "", ""
        how_far = plural(distance, "byte") if distance else "right"
        return f"{how_far} {side} the {area.name}", f"the {area.shown} is the nearest segment"

    def _named(self, address: int, area: Area) -> str:
        """An address in words: its symbol and section, or its segment."""
        name, section = symbol_at(self.symbols, address), self.symbols.section(address)
        text = self.remains.data.partition(b"\0")[0].decode("ascii", "replace") if b"\0" in self.remains.data else ""
        if name and section:
            base, _, offset = name.partition("+")
            return f"'{base}'{'+' + offset if offset else ''} in {section}"
        if section and text and text.isascii() and text.isprintable():
            return f'"{text}" in {section}'
        if section:
            return f"{address:#010x} in {section}"
        return f"{address:#010x} in {area.shown}"


def symbol_at(symbols: Symbols, address: int) -> str:
    """``name`` or ``name+offset`` of an address in the image; empty if only a linker's mark is known."""
    name = symbols.place(address) if symbols.section(address) else ""
    return "" if name.startswith("__") or name.partition("+")[0] in _MARKS else shortened(name)


def operands(remains: Remains) -> tuple[int, ...]:
    """The registers that matter: those that the instruction reads, ra and sp."""
    row = isa.find(remains.word) if remains.word is not None else None
    values = isa.extract(row, remains.word or 0) if row is not None else {}
    read = [values[name] for name in ("rs1", "rs2") if values.get(name)]
    return tuple(dict.fromkeys([*read, 1, 2]))


def killed_by(remains: Remains) -> str:
    """``SIGTERM, which pid 3 sent``, of a signal that was sent on purpose."""
    name = signal_name(remains.signal)
    if remains.cause is Cause.ITSELF:
        return f"{name}, which it sent itself"
    return f"{name}, which pid {remains.sender} sent" if remains.sender else name
