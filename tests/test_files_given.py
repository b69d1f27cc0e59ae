"""Programs that are no files of the host's: Machine(files=...)."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from asm import Source, assemble
from vm import CannotRun, Machine
from vm.settings import WrongSetting

CAT = b"""
_start: li a0, -100
    la a1, name
    li a2, 0
    li a7, 56
    ecall
    la a1, room
    li a2, 99
    li a7, 63
    ecall
    mv a2, a0
    li a0, 1
    li a7, 64
    ecall
    li a0, 0
    li a7, 93
    ecall
name: .asciz "/data/text"
    .bss
room: .zero 99
"""


def test_a_program_and_its_data_are_given_as_bytes() -> None:
    machine = Machine(files={"/main.s": CAT, "/data/text": b"given\n"})
    assert machine.run("/main.s").output == b"given\n"
    assert machine.run("/main.s").files == {}
    assert pickle.loads(pickle.dumps(machine)) == machine
    image = assemble([Source("main.s", CAT.decode())]).image
    assert Machine(files={"/bin/show": image, "/data/text": b"image\n"}).run("/bin/show").output == b"image\n"


def test_what_is_given_comes_before_what_the_host_has(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "text").write_bytes(b"the host's\n")
    (tmp_path / "main.s").write_bytes(CAT)
    assert Machine(root=tmp_path).run("/main.s").output == b"the host's\n"
    machine = Machine(root=tmp_path, files={"/data/text": b"given\n"})
    assert machine.run("/main.s").output == b"given\n"
    assert (tmp_path / "data" / "text").read_bytes() == b"the host's\n"


@pytest.mark.parametrize(
    "path", ["", "main.s", "/", "/a/..", "/a/../b", "/dev/null/x", "/dev", "/" + 300 * "x", "/a\0b"]
)
def test_paths_that_no_file_can_have(path: str) -> None:
    machine = Machine(files={"/main.s": CAT, path: b""})
    with pytest.raises(WrongSetting):
        machine.boot("/main.s")


def test_what_cannot_be_run() -> None:
    with pytest.raises(TypeError, match="files are bytes by their path, not str"):
        Machine(files={"/main.s": "text"})  # type: ignore[dict-item]
    with pytest.raises(CannotRun, match="given as bytes"):
        Machine(files={"/main.c": b"int main(void) { return 0; }"}).run("/main.c")
    run = Machine(files={"/main": b"no image"}).boot("/main")
    for _ in range(2):
        with pytest.raises(CannotRun, match="not an ELF file"):
            run.finish()
