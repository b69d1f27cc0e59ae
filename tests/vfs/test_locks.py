"""Record locks and flock(2): random steps of three processes against the host's kernel, and those that wait."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.natively import answers
from tests.vfs.guest import SCRATCH, Blocked, Guest
from vm.abi import Errno, Fcntl
from vm.kernel.process.lifecycle import create, terminate
from vm.kernel.process.task import State

F_RDLCK, F_WRLCK, F_UNLCK = 0, 1, 2
FLOCK64, FLOCK32 = struct.Struct("<hh4xqqi4x"), struct.Struct("<hhiii")
LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
O_RDONLY, O_WRONLY, O_RDWR = 0, 1, 2


class Actors(Guest):
    """Three processes with the files x and y."""

    def __init__(self, folder: Path) -> None:
        for name in ("x", "y"):
            (folder / name).write_bytes(bytes(100))
        super().__init__(folder)
        for fd in (0, 1, 2):
            self.call("close", fd)
        self.actors = [self.task, *(create(self.kernel, self.task, "fork", shared=False) for _ in range(2))]
        self.kernel.scheduler.ready.clear()
        for actor in self.actors:
            for fd in range(3):
                assert self.call("openat", -100, "/dev/null", 2, 0, task=actor) == fd

    def act(self, who: int, name: str, *arguments: Any) -> Any:
        actor = self.actors[who]
        if name == "open":
            return self.call("openat", -100, *arguments, 0, task=actor)
        if name == "seek":
            return self.call("_llseek", arguments[0], 0, arguments[1], SCRATCH, 0, task=actor) or arguments[1]
        if name == "dup":
            return self.call("fcntl64", arguments[0], Fcntl.F_DUPFD, 3, task=actor)
        if name in ("lock", "ask"):
            fd, kind, whence, start, length = arguments
            command = Fcntl.F_SETLK64 if name == "lock" else Fcntl.F_GETLK64
            return self.lock(actor, fd, command, kind, whence, start, length)
        return self.call(name, *arguments, task=actor)

    def lock(self, actor: Any, fd: int, command: int, kind: int, whence: int, start: int, length: int) -> Any:
        actor.memory.write(SCRATCH, FLOCK64.pack(kind, whence, start, length, 0))
        result = self.call("fcntl64", fd, command, SCRATCH, task=actor)
        if command != Fcntl.F_GETLK64 or result < 0:
            return result
        kind, whence, start, length, pid = FLOCK64.unpack(actor.memory.read(SCRATCH, 32))
        pids = [actor.pid for actor in self.actors]
        return [kind, whence, start, length, pids.index(pid)] if kind != F_UNLCK else [kind]


def random_sequence(seed: int) -> list[list[Any]]:
    draw = random.Random(seed)
    sequence: list[list[Any]] = [
        [who, "open", path, flags]
        for who in range(3)
        for path, flags in (("x", O_RDWR), ("y", O_RDWR), ("x", O_RDONLY))
    ]
    for _ in range(120):
        who, fd = draw.randrange(3), draw.choice((3, 3, 3, 4, 5, 6))
        place = [
            draw.choice((0, 0, 0, 1, 2, 7)),
            draw.choice((0, 1, 5, 10, 20, 50, -5)),
            draw.choice((0, 1, 5, 10, 30, -3)),
        ]
        kind = draw.choice((F_RDLCK, F_WRLCK, F_UNLCK, F_WRLCK, F_RDLCK, 5))
        step = draw.choices(
            [
                ["lock", fd, kind, *place], ["ask", fd, kind, *place], ["close", fd], ["dup", fd],
                ["open", draw.choice("xy"), draw.choice((O_RDONLY, O_WRONLY, O_RDWR))],
                ["seek", fd, draw.choice((0, 7, 50))],
                ["flock", fd, draw.choice((LOCK_SH, LOCK_EX, LOCK_UN)) | LOCK_NB],
            ],
            [10, 6, 1, 1, 1, 1, 3],
        )[0]  # fmt: skip
        sequence.append([who, *step])
    return sequence


def compare(seeds: range, folder: Path) -> None:
    sequences = [random_sequence(seed) for seed in seeds]
    found = answers("tests.vfs.locks_natively", sequences)
    for seed, sequence, expected in zip(seeds, sequences, found, strict=True):
        (folder / str(seed)).mkdir()
        actors = Actors(folder / str(seed))
        for index, ((who, *step), linux) in enumerate(zip(sequence, expected, strict=True)):
            ours = actors.act(who, *step)
            assert ours == linux, f"seed {seed}, step {index}: {who} {step}; before: {sequence[:index]}"


def test_random_steps(tmp_path: Path) -> None:
    compare(range(60), tmp_path)


@pytest.mark.full
def test_many_random_steps(tmp_path: Path) -> None:
    compare(range(1000, 3000), tmp_path)


@pytest.fixture
def actors(tmp_path: Path) -> Actors:
    guest = Actors(tmp_path)
    for actor in guest.actors:
        for path in ("x", "y"):
            guest.call("openat", -100, path, O_RDWR, 0, task=actor)
    return guest


def wait(actors: Actors, who: int, fd: int, kind: int = F_WRLCK) -> Any:
    return actors.lock(actors.actors[who], fd, Fcntl.F_SETLKW64, kind, 0, 0, 0)


def block(actors: Actors, who: int, fd: int) -> None:
    """A lock that has to wait, as the run loop leaves its process."""
    with pytest.raises(Blocked):
        wait(actors, who, fd)
    actor = actors.actors[who]
    assert actor.wait is not None
    actors.kernel.scheduler.block(actor, actor.wait)


def test_a_waiting_lock_is_had_when_it_is_free(actors: Actors) -> None:
    assert wait(actors, 0, 3) == 0
    block(actors, 1, 3)
    assert actors.actors[1].state is State.BLOCKED
    assert wait(actors, 0, 3, F_UNLCK) == 0
    assert actors.actors[1].state is State.READY
    assert wait(actors, 1, 3) == 0


def test_closing_and_ending_give_locks_up(actors: Actors) -> None:
    assert wait(actors, 0, 3) == 0
    block(actors, 1, 3)
    assert actors.call("dup", 3, task=actors.actors[0]) == 5
    assert actors.call("close", 5, task=actors.actors[0]) == 0
    assert actors.actors[1].state is State.READY
    assert wait(actors, 1, 3) == 0
    block(actors, 2, 3)
    terminate(actors.kernel, actors.actors[1].process, 0)
    assert actors.actors[2].state is State.READY
    assert wait(actors, 2, 3) == 0


def test_a_circle_of_waiting_is_refused(actors: Actors) -> None:
    assert wait(actors, 0, 3) == 0
    assert wait(actors, 1, 4) == 0
    block(actors, 1, 3)
    block(actors, 2, 4)
    assert wait(actors, 0, 4) == -Errno.EDEADLK
    assert wait(actors, 0, 3, F_UNLCK) == 0


def test_the_narrow_structure(actors: Actors) -> None:
    first, second = actors.actors[:2]
    first.memory.write(SCRATCH, FLOCK32.pack(F_WRLCK, 0, 10, 5, 0))
    assert actors.call("fcntl64", 3, Fcntl.F_SETLK, SCRATCH, task=first) == 0
    second.memory.write(SCRATCH, FLOCK32.pack(F_RDLCK, 0, 0, 0, 0))
    assert actors.call("fcntl64", 3, Fcntl.F_SETLK, SCRATCH, task=second) == -Errno.EAGAIN
    assert actors.call("fcntl64", 3, Fcntl.F_GETLK, SCRATCH, task=second) == 0
    assert FLOCK32.unpack(second.memory.read(SCRATCH, 16)) == (F_WRLCK, 0, 10, 5, first.pid)


def test_locks_are_bounded(actors: Actors) -> None:
    results = [actors.act(0, "lock", 3, F_WRLCK, 0, 2 * number, 1) for number in range(4100)]
    assert results.count(0) == 4096
    assert set(results) == {0, -Errno.ENOLCK}


def test_a_child_has_no_record_locks_and_shares_those_of_files(actors: Actors) -> None:
    assert wait(actors, 0, 3) == 0
    assert actors.call("flock", 4, LOCK_EX) == 0
    child = create(actors.kernel, actors.task, "fork", shared=False)
    actors.give_memory(child)
    actors.actors.append(child)
    assert actors.lock(child, 3, Fcntl.F_SETLK64, F_WRLCK, 0, 0, 0) == -Errno.EAGAIN
    assert actors.call("flock", 4, LOCK_EX | LOCK_NB, task=child) == 0
    assert actors.call("flock", 4, LOCK_UN, task=child) == 0
    assert actors.call("flock", 4, LOCK_EX | LOCK_NB, task=actors.actors[1]) == 0


def test_locks_of_a_process_on_many_files_are_bounded(actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.kernel.syscalls.descriptors.LOCK_LIMIT", 3)
    assert actors.lock(actors.actors[0], 3, Fcntl.F_SETLK64, F_WRLCK, 0, 0, 1) == 0
    assert actors.lock(actors.actors[0], 3, Fcntl.F_SETLK64, F_WRLCK, 0, 2, 1) == 0
    assert actors.lock(actors.actors[0], 4, Fcntl.F_SETLK64, F_WRLCK, 0, 4, 1) == 0
    assert actors.lock(actors.actors[0], 4, Fcntl.F_SETLK64, F_WRLCK, 0, 6, 1) == -Errno.ENOLCK
    assert actors.lock(actors.actors[1], 4, Fcntl.F_SETLK64, F_WRLCK, 0, 8, 1) in (0, -Errno.ENOLCK)


def test_what_unlocking_in_the_middle_leaves_is_bounded(actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.kernel.syscalls.descriptors.LOCK_LIMIT", 3)
    actor = actors.actors[0]
    assert actors.lock(actor, 3, Fcntl.F_SETLK64, F_WRLCK, 0, 0, 100) == 0
    results = [actors.lock(actor, 3, Fcntl.F_SETLK64, F_UNLCK, 0, at, 1) for at in (10, 20, 30, 40)]
    assert results == [0, 0, -Errno.ENOLCK, -Errno.ENOLCK]
    assert actors.lock(actor, 3, Fcntl.F_SETLK64, F_UNLCK, 0, 20, 100) == 0
    assert actors.lock(actor, 3, Fcntl.F_SETLK64, F_UNLCK, 0, 0, 0) == 0


@pytest.mark.parametrize(
    ("whence", "start", "length", "result"),
    [
        (0, (1 << 63) - 1, 1, 0),
        (0, (1 << 63) - 1, 0, 0),
        (0, (1 << 63) - 1, 2, -Errno.EOVERFLOW),
        (0, 2, (1 << 63) - 1, -Errno.EOVERFLOW),
        (1, (1 << 63) - 1, 0, -Errno.EOVERFLOW),
        (1, (1 << 63) - 1, -1, -Errno.EOVERFLOW),
        (0, 0, -1, -Errno.EINVAL),
        (0, -1, 1, -Errno.EINVAL),
        (0, 1 << 62, -(1 << 63), -Errno.EINVAL),
    ],
)
def test_the_ends_of_what_64_bits_can_say(whence: int, start: int, length: int, result: int, actors: Actors) -> None:
    """As the host's kernel answers; the position is the last that a file can have."""
    assert actors.call("_llseek", 3, 0x7FFF_FFFF, 0xFFFF_FFFF, SCRATCH + 64, 0) == 0
    actor = actors.actors[0]
    assert actors.lock(actor, 3, Fcntl.F_SETLK64, F_WRLCK, whence, start, length) == result
    found = actors.lock(actors.actors[1], 3, Fcntl.F_GETLK64, F_WRLCK, 0, 0, 0)
    assert (found[0] == F_UNLCK) == (result != 0)
