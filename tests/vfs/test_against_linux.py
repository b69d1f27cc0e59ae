"""Random sequences of file system calls give the results, and leave the tree, that they do on the host's kernel."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.natively import answers
from tests.vfs.guest import Blocked, Machined
from tests.vfs.native import furnish
from tests.vfs.operations import Generator, Operation

IS_ROOT = os.getuid() == 0
LENGTH = 60


def in_the_machine(sequence: list[Operation], furnished: bool, folder: Path) -> Any:
    folder.mkdir()
    (folder / "play").mkdir()
    if furnished:
        furnish(folder / "play")
    before = snapshot(folder / "play")
    guest = Machined(folder, user="1000:1000" if IS_ROOT else f"{os.getuid()}:{os.getgid()}")
    root = guest.kernel.world.tree.root
    root.uid = root.gid = 0  # as natively, where it is a folder of root's
    assert guest.call("chdir", "/play") == 0
    for fd in (0, 1, 2):
        guest.call("close", fd)
        guest.call("openat", -100, "/dev/null", 2, 0)
    results = []
    for operation in sequence:
        try:
            results.append(guest.run(operation))
        except Blocked as blocked:
            results.append(str(blocked))
    tree = guest.tree()
    assert snapshot(folder / "play") == before, "the host's files changed"
    return [results, tree]


def snapshot(folder: Path) -> list[tuple[str, int, bytes]]:
    paths = sorted(folder.rglob("*"))
    return [(str(p), p.lstat().st_mode, p.read_bytes() if p.is_file() else b"") for p in paths]


def compare(seeds: range, *, users: bool, furnished: bool, tmp_path: Path) -> None:
    sequences = [Generator(seed, users=users, upwards=IS_ROOT).sequence(LENGTH) for seed in seeds]
    expected = answers("tests.vfs.native", [sequences, furnished])
    for seed, sequence, (results, tree) in zip(seeds, sequences, expected, strict=True):
        got, left = in_the_machine(sequence, furnished, tmp_path / str(seed))
        for index, (ours, linux) in enumerate(zip(json.loads(json.dumps(got)), results, strict=True)):
            assert ours == linux, "\n".join(
                [f"seed {seed}, users {users}, furnished {furnished}: operation {index}: {ours!r}, Linux {linux!r}"]
                + [f"  {i}: {op} = {results[i]!r}"[:200] for i, op in enumerate(sequence[: index + 1])]
            )
        assert json.loads(json.dumps(left)) == tree, f"seed {seed}, users {users}, furnished {furnished}"


@pytest.mark.parametrize("furnished", [False, True], ids=["empty", "over a folder"])
def test_one_user(furnished: bool, tmp_path: Path) -> None:
    compare(range(50), users=False, furnished=furnished, tmp_path=tmp_path)


@pytest.mark.skipif(not IS_ROOT, reason="only root can be several users")
@pytest.mark.parametrize("furnished", [False, True], ids=["empty", "over a folder"])
def test_several_users(furnished: bool, tmp_path: Path) -> None:
    compare(range(50), users=True, furnished=furnished, tmp_path=tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("furnished", [False, True], ids=["empty", "over a folder"])
def test_many_sequences(furnished: bool, tmp_path: Path) -> None:
    for start in range(1000, 6000, 500):
        compare(range(start, start + 500), users=IS_ROOT, furnished=furnished, tmp_path=tmp_path)
