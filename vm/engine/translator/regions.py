"""Regions: the blocks reachable without a call from one entry, found in decoded frames.

An entry is the target of a call or of a backward jump, the point a call returns to, or wherever else execution has been
met. A region stops at calls, at indirect jumps, at instructions left to the interpreter, and at entries that have a
translation of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import field

from vm.cpu import interpreter as op
from vm.cpu.decode import ILLEGAL
from vm.cpu.state import SINK
from vm.values import dataclass

MOST_INSTRUCTIONS = 250
MOST_BLOCKS = 120

ADDRESS_MASK = 0xFFFF_FFFF
BRANCHES = range(op.BEQ, op.BGEU + 1)
LEFT_TO_INTERPRETER = frozenset((op.ECALL, op.EBREAK, ILLEGAL, *range(op.LR_W, op.AMOMAXU_W + 1)))
STORES = range(op.SB, op.SW + 1)
WITHOUT_RESULT = LEFT_TO_INTERPRETER.union(BRANCHES, STORES, (op.FENCE,))
"""What writes no register, or (atomics) is not translated."""


@dataclass(frozen=True, slots=True)
class Micro:
    """A micro-op taken apart (:mod:`vm.cpu.decode`); ``imm`` is signed."""

    op: int
    rd: int
    rs1: int
    rs2: int
    imm: int


def take_apart(word: int) -> Micro:
    """The fields of a micro-op, without the bit that marks an entry."""
    return Micro(word & 0x7F, word >> 8 & 0xFF, word >> 16 & 0xFF, word >> 24 & 0xFF, word >> 32)


@dataclass(slots=True)
class Block:
    """Instructions that run one after the other, from ``start`` on.

    ``successors``: where it goes on inside the region, the branch's target first; ``leaves``: the address at which a
    run on or an unconditional jump leaves the region, None when there is none.
    """

    start: int
    micros: list[Micro]
    successors: list[int] = field(default_factory=list)
    is_head: bool = False
    path: int = 0

    @property
    def end(self) -> int:
        """Address behind the last instruction."""
        return self.start + 4 * len(self.micros)


@dataclass(slots=True)
class Region:
    """Blocks by address in an order in which forward edges lead onward; the entry is the first.

    A block's ``path`` is the most instructions that run from it before the next head, or the region's end.
    """

    entry: int
    blocks: dict[int, Block]

    @property
    def instructions(self) -> int:
        """How many there are."""
        return sum(len(block.micros) for block in self.blocks.values())

    @property
    def pages(self) -> list[int]:
        """Addresses of the pages its instructions lie on."""
        return sorted(
            {(block.start + 4 * i) & -4096 for block in self.blocks.values() for i in range(len(block.micros))}
        )

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where its instructions lie: the first and the last address of each stretch, in ascending order."""
        spans: list[tuple[int, int]] = []
        for block in sorted(self.blocks.values(), key=lambda block: block.start):
            first = spans.pop()[0] if spans and spans[-1][1] == block.start - 4 else block.start
            spans.append((first, block.end - 4))
        return tuple(spans)


CodeReader = Callable[[int], Micro | None]
"""The micro-op at an address; None where code may not be executed or never has been."""


def writes(micro: Micro) -> int:
    """Bit mask of the register that ``micro`` writes, 0 for none."""
    if micro.op in WITHOUT_RESULT or micro.rd == SINK:
        return 0
    return 1 << micro.rd


def ends_block(micro: Micro) -> bool:
    """True for what does not simply go on with the next instruction."""
    return micro.op in BRANCHES or micro.op in (op.JAL, op.JALR) or micro.op in LEFT_TO_INTERPRETER


def targets(address: int, micro: Micro) -> list[int]:
    """Where a block that ends with ``micro`` may go on inside its region."""
    jump = (address + micro.imm) & ADDRESS_MASK
    if micro.op in BRANCHES:
        return [jump, (address + 4) & ADDRESS_MASK]
    if micro.op == op.JAL and micro.rd == SINK:
        return [jump]
    return []


def discover(entry: int, read: CodeReader, entries: Collection[int]) -> Region | None:
    """The region at ``entry``; None when its first instruction is left to the interpreter or cannot be read."""
    micros = _reach(entry, read, entries)
    first = micros.get(entry)
    if first is None or first.op in LEFT_TO_INTERPRETER:
        return None
    blocks = _cut(entry, micros)
    region = Region(entry, _order(entry, blocks))
    _measure(region)
    return region


def _reach(entry: int, read: CodeReader, entries: Collection[int]) -> dict[int, Micro]:
    """The instructions of the region, nearest first up to the most there may be."""
    found: dict[int, Micro] = {}
    waiting = [entry]
    for number, address in enumerate(waiting):
        if number == MOST_BLOCKS:
            break
        while address not in found and len(found) < MOST_INSTRUCTIONS:
            if address in entries and address != entry:
                break
            micro = read(address)
            if micro is None or (micro.op in LEFT_TO_INTERPRETER and address != entry):
                break
            found[address] = micro
            if ends_block(micro):
                waiting += [target for target in targets(address, micro) if not target & 3]
                break
            address = (address + 4) & ADDRESS_MASK
    return found


def _cut(entry: int, micros: dict[int, Micro]) -> dict[int, Block]:
    """Blocks: they begin at the entry, at targets, behind what ends a block, and where a page begins."""
    starts = {entry}
    for address, micro in micros.items():
        if ends_block(micro):
            starts.update(targets(address, micro))
            starts.add(address + 4)
    starts.update(address for address in micros if not address & 0xFFF or address - 4 not in micros)
    blocks = {}
    for start in starts & micros.keys():
        block = Block(start, [])
        address = start
        while address in micros and (address == start or address not in starts):
            block.micros.append(micros[address])
            address += 4
        last = block.micros[-1]
        following = targets(address - 4, last) if ends_block(last) else [address]
        block.successors = [target for target in dict.fromkeys(following) if target in micros]
        blocks[start] = block
    return blocks


def _order(entry: int, blocks: dict[int, Block]) -> dict[int, Block]:
    """Reverse postorder of a depth-first walk; marks as heads the targets of edges that lead back in it."""
    order: list[int] = []
    state: dict[int, int] = {}
    stack = [(entry, iter(blocks[entry].successors))]
    state[entry] = 1
    while stack:
        here, rest = stack[-1]
        for target in rest:
            if target not in state:
                state[target] = 1
                stack.append((target, iter(blocks[target].successors)))
                break
            if state[target] == 1:
                blocks[target].is_head = True
        else:
            stack.pop()
            state[here] = 2
            order.append(here)
    return {start: blocks[start] for start in reversed(order)}


def _measure(region: Region) -> None:
    for block in reversed(region.blocks.values()):
        onward = [region.blocks[target] for target in block.successors]
        block.path = len(block.micros) + max((0 if b.is_head else b.path for b in onward), default=0)
