"""A second interpreter: RV32IMA in user mode, as plain as possible, sharing no code with the product.

Written from *The RISC-V Instruction Set Manual, Volume I* ("RV32I", "M", "A" and the instruction listings); the
words are decoded by hand. It keeps the engine's contract: ``run(budget)`` retires at most ``budget`` instructions
and says why it stopped, and an instruction that stops has changed nothing. Memory is a dictionary of pages. Faults
of a misaligned access that spans two pages report the part that failed (*Volume II*, "mtval").
"""

from __future__ import annotations

from dataclasses import dataclass

PAGE = 4096
M32 = 0xFFFF_FFFF

BUDGET, SYSCALL, BREAKPOINT, ILLEGAL = "BUDGET", "SYSCALL", "BREAKPOINT", "ILLEGAL"
FETCH_FAULT, LOAD_FAULT, STORE_FAULT = "FETCH_FAULT", "LOAD_FAULT", "STORE_FAULT"
MISALIGNED_JUMP, MISALIGNED_ATOMIC = "MISALIGNED_JUMP", "MISALIGNED_ATOMIC"


class Trap(Exception):
    """An instruction cannot be completed; it has changed nothing."""

    def __init__(self, reason: str, address: int = 0) -> None:
        super().__init__(reason, address)
        self.reason, self.address = reason, address


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended: ``address`` is the one concerned by a fault or a misaligned jump or atomic, otherwise 0."""

    reason: str
    pc: int
    address: int
    retired: int


def signed(value: int, bits: int = 32) -> int:
    """The two's complement reading of the low ``bits`` of ``value``."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Memory:
    """Pages by number, each with the accesses it permits ("r", "w", "x"), and which accesses have been made."""

    def __init__(self) -> None:
        self.pages: dict[int, bytearray] = {}
        self.permissions: dict[int, str] = {}
        self.accessed: set[int] = set()
        self.dirty: set[int] = set()

    def map(self, address: int, size: int, permissions: str) -> None:
        """Map zeroed pages."""
        for page in range(address // PAGE, (address + size) // PAGE):
            self.pages[page] = bytearray(PAGE)
            self.permissions[page] = permissions

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of mapped pages, whatever their permissions."""
        first, last = address // PAGE, (address + size - 1) // PAGE
        joined = b"".join(self.pages[page] for page in range(first, last + 1))
        return joined[address - first * PAGE :][:size]

    def poke(self, address: int, data: bytes) -> None:
        """Fill mapped pages, whatever their permissions."""
        while data:
            page, offset = divmod(address, PAGE)
            part = data[: PAGE - offset]
            self.pages[page][offset : offset + len(part)] = part
            address, data = address + len(part), data[len(part) :]

    def check(self, address: int, size: int, need: str, reason: str) -> None:
        """Trap unless all ``size`` bytes from ``address`` permit every access in ``need``."""
        for byte in (address, (address + size - 1) & M32):
            if not set(need) <= set(self.permissions.get(byte // PAGE, "")):
                raise Trap(reason, address if byte == address else byte & -PAGE)
        for byte in (address, (address + size - 1) & M32):
            self.accessed.add(byte // PAGE)
            if "w" in need:
                self.dirty.add(byte // PAGE)

    def load(self, address: int, size: int, need: str = "r", reason: str = LOAD_FAULT) -> int:
        """An unsigned little-endian value."""
        self.check(address, size, need, reason)
        page, offset = divmod(address, PAGE)
        if offset + size <= PAGE:
            return int.from_bytes(self.pages[page][offset : offset + size], "little")
        return int.from_bytes(self.peek(address, size), "little")

    def store(self, address: int, size: int, value: int) -> None:
        """The low ``size`` bytes of ``value``, little-endian; all of them or none."""
        self.check(address, size, "w", STORE_FAULT)
        self.poke(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, "little"))


def divide(a: int, b: int, overflow: int | None) -> tuple[int, int]:
    """Quotient and remainder rounded towards zero; "M", table "Semantics for division by zero and overflow"."""
    if b == 0:
        return -1, a
    if a == overflow and b == -1:
        return a, 0
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return quotient, a - quotient * b


def add_sub_shift_logic(f3: int, alternative: bool, a: int, b: int) -> int:
    """The integer register-register and register-immediate operations, by funct3."""
    shift = b & 31
    match f3:
        case 0:
            return a - b if alternative else a + b
        case 1:
            return a << shift
        case 2:
            return int(signed(a) < signed(b))
        case 3:
            return int(a < b)
        case 4:
            return a ^ b
        case 5:
            return (signed(a) if alternative else a) >> shift
        case 6:
            return a | b
    return a & b


def multiply_divide(f3: int, a: int, b: int) -> int:
    """The M extension, by funct3."""
    match f3:
        case 0:
            return a * b
        case 1:
            return signed(a) * signed(b) >> 32
        case 2:
            return signed(a) * b >> 32
        case 3:
            return a * b >> 32
        case 4:
            return divide(signed(a), signed(b), -(1 << 31))[0]
        case 5:
            return divide(a, b, None)[0]
        case 6:
            return divide(signed(a), signed(b), -(1 << 31))[1]
    return divide(a, b, None)[1]


class Machine:
    """One hart: 32 registers, a pc, a reservation (address, word) that only SC clears, and a memory."""

    def __init__(self) -> None:
        self.x = [0] * 32
        self.pc = 0
        self.reservation: tuple[int, int] | None = None
        self.memory = Memory()

    def install(self, address: int, data: bytes, permissions: str) -> None:
        """Map pages with this content, in place of what was there."""
        self.memory.map(address, len(data), permissions)
        self.memory.poke(address, data)

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of mapped pages."""
        return self.memory.peek(address, size)

    def run(self, budget: int) -> Stop:
        """Retire at most ``budget`` instructions."""
        for retired in range(budget):
            try:
                self.step()
            except Trap as trap:
                return Stop(trap.reason, self.pc, trap.address, retired)
        return Stop(BUDGET, self.pc, 0, budget)

    def step(self) -> None:
        """Retire one instruction, or raise Trap with nothing changed."""
        word = self.memory.load(self.pc, 4, "x", FETCH_FAULT)
        opcode, rd, f3, f7 = word & 127, word >> 7 & 31, word >> 12 & 7, word >> 25
        a, b = self.x[word >> 15 & 31], self.x[word >> 20 & 31]
        immediate = signed(word >> 20, 12)
        following = self.pc + 4
        result: int | None = None
        match opcode:
            case 0x37:  # LUI
                result = word & 0xFFFF_F000
            case 0x17:  # AUIPC
                result = self.pc + (word & 0xFFFF_F000)
            case 0x6F:  # JAL
                bits = word >> 31 << 20 | word & 0xFF000 | (word >> 20 & 1) << 11 | (word >> 21 & 0x3FF) << 1
                result, following = following, self.target(self.pc + signed(bits, 21))
            case 0x67 if f3 == 0:  # JALR
                result, following = following, self.target((a + immediate) & ~1)
            case 0x63 if f3 not in (2, 3):  # branches
                less = a < b if f3 & 2 else signed(a) < signed(b)
                if (less if f3 & 4 else a == b) != bool(f3 & 1):
                    bits = word >> 31 << 12 | (word >> 7 & 1) << 11 | (f7 & 63) << 5 | (rd & 30)
                    following = self.target(self.pc + signed(bits, 13))
            case 0x03 if f3 in (0, 1, 2, 4, 5):  # loads
                size = 1 << (f3 & 3)
                value = self.memory.load((a + immediate) & M32, size)
                result = value if f3 & 4 else signed(value, 8 * size)
            case 0x23 if f3 in (0, 1, 2):  # stores
                self.memory.store((a + signed(f7 << 5 | rd, 12)) & M32, 1 << f3, b)
            case 0x13 if f3 not in (1, 5) or f7 == 0 or (f3, f7) == (5, 0x20):  # register-immediate
                result = add_sub_shift_logic(f3, f3 == 5 and f7 == 0x20, a, immediate & M32)
            case 0x33 if f7 == 0 or (f7 == 0x20 and f3 in (0, 5)):  # register-register
                result = add_sub_shift_logic(f3, f7 == 0x20, a, b)
            case 0x33 if f7 == 1:
                result = multiply_divide(f3, a, b)
            case 0x2F if f3 == 2:
                result = self.atomic(f7 >> 2, word >> 20 & 31, a, b)
            case 0x0F if f3 == 0:  # FENCE, whatever rd, rs1 and fm
                pass
            case _ if word in (0x0000_0073, 0x0010_0073):
                raise Trap(BREAKPOINT if word >> 20 else SYSCALL)
            case _:
                raise Trap(ILLEGAL)
        if result is not None and rd:
            self.x[rd] = result & M32
        self.pc = following

    def target(self, address: int) -> int:
        """A jump's destination; the jump itself traps when that is misaligned."""
        address &= M32
        if address % 4:
            raise Trap(MISALIGNED_JUMP, address)
        return address

    def atomic(self, f5: int, rs2: int, address: int, b: int) -> int:
        """LR.W, SC.W and the AMOs, by funct5: the value for rd. SC without its reservation touches no memory."""
        if f5 not in (0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28) or (f5 == 2 and rs2):
            raise Trap(ILLEGAL)
        if address % 4:
            raise Trap(MISALIGNED_ATOMIC, address)
        if f5 == 2:
            old = self.memory.load(address, 4)
            self.reservation = (address, old)
            return signed(old)
        if f5 == 3 and (self.reservation is None or self.reservation[0] != address):
            self.reservation = None
            return 1
        old = self.memory.load(address, 4, "rw", STORE_FAULT)
        if f5 == 3:
            reservation, self.reservation = self.reservation, None
            if reservation != (address, old):
                return 1
            self.memory.store(address, 4, b)
            return 0
        new = {
            0: old + b,
            1: b,
            4: old ^ b,
            8: old | b,
            12: old & b,
            16: min(old, b, key=signed),
            20: max(old, b, key=signed),
            24: min(old, b),
            28: max(old, b),
        }[f5]
        self.memory.store(address, 4, new)
        return signed(old)
