"""What a film keeps of frames' contents, rebuilt row by row, is what the frames held."""

from __future__ import annotations

import random

from vm.abi import PAGE_SIZE
from vm.film.contents import BYTES, SAME, Contents
from vm.memory import PhysicalMemory

FRAMES, MOMENTS = 300, 60


def rebuilt(contents: Contents, frame: int, moment: int) -> bytes:
    """What a frame held at a moment, by the rows alone."""
    now = bytearray(PAGE_SIZE)
    for number, at, what, offset, length, data in contents.table.rows("frame", "moment", "what", "offset").tolist():
        if number != frame or at > moment:
            continue
        if what == BYTES:
            now[offset : offset + length] = contents.data[data : data + length]
        else:
            now[:] = rebuilt(contents, offset, length) if what == SAME else bytes(PAGE_SIZE)
    return bytes(now)


def test_what_frames_held_is_rebuilt_from_what_changed() -> None:
    chance = random.Random(1)
    memory = PhysicalMemory(FRAMES * PAGE_SIZE)
    contents, held, known = Contents(memory), {}, set[int]()
    for moment in range(MOMENTS):
        for _ in range(chance.randrange(6)):
            at, length = chance.randrange(FRAMES * PAGE_SIZE - 40), chance.randrange(1, 40)
            memory.ram[at : at + length] = list(chance.randbytes(length))
        contents.compare(chance.sample(range(FRAMES), FRAMES), moment)
        taken = [first + more for first in chance.sample(range(FRAMES - 5), 2) for more in range(4)]
        contents.take([frame for frame in taken if frame not in known], moment)
        known.update(taken)
        held[moment] = memory.ram.tobytes()
        for frame in chance.sample(sorted(known), 4):
            assert rebuilt(contents, frame, moment) == held[moment][frame * PAGE_SIZE : (frame + 1) * PAGE_SIZE]
    assert {row[0] for row in contents.table.rows().tolist()} == known
