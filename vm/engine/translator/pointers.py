"""Which of a region's pointers are expected to stay on a page from one access to the next."""

from __future__ import annotations

from vm.cpu import interpreter as op
from vm.engine.translator.regions import STORES, Micro, Region, writes

MOST_CARRIED = 4
"""Pointers of a region whose pages are kept over the turns of its loops."""
NEAR = 256
"""A pointer that is moved by no more than this is expected to stay on its page."""
ACCESSES = range(op.LB, op.SW + 1)


def moves_little(micro: Micro, register: int) -> bool:
    """True unless ``micro`` gives ``register`` a value far from what it had."""
    if not writes(micro) >> register & 1:
        return True
    return micro.op == op.ADDI and micro.rs1 == register and abs(micro.imm) <= NEAR


def carried(region: Region) -> frozenset[tuple[int, bool]]:
    """The registers off which a region's loops load, or (True) store, and that only small steps move there.

    A loop is what lies between a branch back and its target; an access belongs to the smallest around it. Those of
    the smallest loops come first, if there are more than MOST_CARRIED.
    """
    blocks = region.blocks.values()
    micros = {block.start + 4 * i: micro for block in blocks for i, micro in enumerate(block.micros)}
    loops = sorted(
        ((start, block.end) for block in blocks for start in block.successors if start < block.end),
        key=lambda loop: loop[1] - loop[0],
    )
    found: dict[tuple[int, bool], int] = {}
    for address, micro in micros.items():
        if micro.op not in ACCESSES or micro.rs1 == 0:
            continue
        for start, end in loops:
            if start <= address < end:
                inside = (micros[place] for place in range(start, end, 4) if place in micros)
                if all(moves_little(other, micro.rs1) for other in inside):
                    key = (micro.rs1, micro.op in STORES)
                    found[key] = min(found.get(key, end - start), end - start)
                break
    return frozenset(sorted(found, key=lambda key: (found[key], key))[:MOST_CARRIED])
