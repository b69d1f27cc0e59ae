"""The driver of gdb, held against a target that is not ours: qemu-riscv32's own server of the protocol."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.debug.walks import mi
from tests.debug.walks.gdb import Broken, Gdb, is_missing, wait_for

needs_both = pytest.mark.skipif(is_missing() or shutil.which("qemu-riscv32") is None, reason="needs gdb-multiarch")
PROGRAM = """
        .globl _start
_start: li   a0, 1
        jal  twice
        li   a7, 93
        ecall
twice:  add  a0, a0, a0
        ret
"""


@pytest.fixture
def gdb(tmp_path: Path) -> Iterator[Gdb]:
    image, socket = tmp_path / "program", tmp_path / "socket"
    image.write_bytes(assemble([Source("program.s", PROGRAM)]).image)
    image.chmod(0o755)
    with subprocess.Popen(["qemu-riscv32", "-g", socket, image]) as server:
        wait_for(socket)
        with Gdb(tmp_path, f"file {image}") as gdb:
            answer = gdb.ask(f"-target-select remote {socket}")
            assert answer.result == "connected"
            assert answer.stops[0]["frame"]["func"] == "_start"
            yield gdb
        server.kill()


@needs_both
def test_commands_are_answered_when_they_are_over(gdb: Gdb) -> None:
    assert gdb.type("break twice").console.startswith("Breakpoint 1 at ")
    assert gdb.type("continue").stops[0]["reason"] == "breakpoint-hit"
    assert gdb.type("stepi").stops[0]["reason"] == "end-stepping-range"
    values = gdb.ask("-data-list-register-values x 10").values["register-values"]
    assert values == [{"number": "10", "value": "0x2"}]
    assert gdb.type("finish").stops[0]["frame"]["func"] == "_start"
    assert gdb.type("next").error == ""
    assert gdb.ask("-list-thread-groups").values["groups"][0]["id"] == "i1"
    assert gdb.type("continue").stops[0] == {"reason": "exited", "exit-code": "02"}


@needs_both
def test_what_gdb_says_of_a_bad_target_is_found(gdb: Gdb) -> None:
    with pytest.raises(Broken, match="Remote failure"):
        gdb.type("echo Remote failure reply: E01")
    with pytest.raises(Broken, match="internal-error"):
        gdb.type("maintenance internal-error of its own")


def test_records_are_read() -> None:
    line = '12^done,a="x\\"\\303\\251\\n",b={c=[],d=["1",{e="2"}]},stack=[frame={level="0"},frame={level="1"}]'
    record = mi.read(line)
    assert (record.kind, record.token, record.name) == ("^", 12, "done")
    assert record.values == {
        "a": 'x"é\n', "b": {"c": [], "d": ["1", {"e": "2"}]}, "stack": [{"level": "0"}, {"level": "1"}],
    }  # fmt: skip
    assert mi.read('~"a\\tb"') == mi.Record("~", text="a\tb")
    assert mi.read("=thread-selected").name == "thread-selected"
    assert mi.read("hello, world").kind == "?"
