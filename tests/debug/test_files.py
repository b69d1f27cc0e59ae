"""Files of the guest as ``vFile`` packets read them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.debug import plainly
from tests.debug.fake import IMAGE, FakeTarget
from vm import Machine
from vm.debug.files import MOST_BYTES, MOST_OPEN, Files
from vm.debug.looking import link_at
from vm.debug.packets import PACKET_SIZE
from vm.debug.target import Refused

NAME = b"/etc/name".hex().encode()
OPEN = b"open:%b,0,0" % NAME


@pytest.fixture
def files() -> Files:
    return Files(FakeTarget(IMAGE, {b"/etc/name": b"a#b$c*d}e", b"/long": b"#" * 0x4_0000}))


def test_a_file_is_read_in_pieces(files: Files) -> None:
    assert files.answer(OPEN) == b"F0"
    assert files.answer(OPEN) == b"F1"
    answer = files.answer(b"pread:0,3,1")
    assert answer == b"F3;}\x03b}\x04"
    assert plainly.unescaped(files.answer(b"pread:1,ff,0")) == b"F9;a#b$c*d}e"
    assert files.answer(b"pread:0,3,9") == files.answer(b"pread:0,3,ffffffffffff") == b"F0;"
    assert files.answer(b"close:0") == b"F0"
    assert files.answer(b"close:0") == files.answer(b"pread:0,1,0") == files.answer(b"fstat:0") == b"F-1,9"
    assert files.answer(OPEN) == b"F0"


def test_a_piece_fits_a_packet(files: Files) -> None:
    files.answer(b"open:%b,0,0" % b"/long".hex().encode())
    answer = files.answer(b"pread:0,ffffffff,0")
    assert PACKET_SIZE - 100 < len(answer) <= PACKET_SIZE


def test_the_status_is_that_of_the_manual(files: Files) -> None:
    """64 bytes, the most significant first: mode is the third word, size the eight bytes behind seven words."""
    files.answer(OPEN)
    answer = plainly.unescaped(files.answer(b"fstat:0"))
    assert answer[:4] == b"F40;"
    assert len(answer) == 4 + 64
    assert struct.unpack_from(">I", answer, 4 + 8) == (0o100444,)
    assert struct.unpack_from(">Q", answer, 4 + 28) == (9,)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b"open:%b,0,1c0" % b"just probing".hex().encode(), b"2"), (b"open:,0,0", b"2"), (b"open:2f00,0,0", b"2"),
        (b"open:%b,1,0" % NAME, b"1e"), (b"open:%b,601,1c0" % NAME, b"1e"), (b"unlink:%b" % NAME, b"1e"),
        (b"pwrite:0,0,abc", b"1e"), (b"open:%b" % NAME, b"16"), (b"open:zz,0,0", b"16"), (b"close:zz", b"16"),
        (b"pread:0,0", b"16"), (b"pread:0,-1,0", b"16"), (b"setfs:", b"16"), (b"readlink:%b" % NAME, b"16"),
        (b"readlink:q", b"16"),
    ],
)  # fmt: skip
def test_what_fails_has_the_manuals_number(request_: bytes, error: bytes, files: Files) -> None:
    assert files.answer(request_) == b"F-1," + error


@pytest.mark.parametrize("request_", [b"", b"stat:2f", b"mkdir:2f", b"opensomething:2f"])
def test_what_there_is_not_is_answered_by_nothing(request_: bytes, files: Files) -> None:
    assert files.answer(request_) == b""


@pytest.mark.parametrize(("errno", "said"), [(36, b"5b"), (38, b"58"), (40, b"270f"), (13, b"d"), (12345, b"270f")])
def test_errors_have_the_protocols_numbers(errno: int, said: bytes) -> None:
    target = FakeTarget(IMAGE)

    def refuse(pid: int, path: bytes) -> bytes:
        raise Refused(errno)

    target.read_file = refuse  # type: ignore[method-assign]
    assert Files(target).answer(OPEN) == b"F-1," + said


def test_a_path_is_the_processes_that_was_chosen() -> None:
    target = FakeTarget(IMAGE)
    target.read_file = lambda pid, path: b"%d" % pid  # type: ignore[method-assign]
    files = Files(target)
    files.answer(OPEN)
    assert files.answer(b"setfs:1f") == b"F0"
    files.answer(OPEN)
    assert files.answer(b"pread:0,9,0") == b"F1;0"
    assert files.answer(b"pread:1,9,0") == b"F2;31"


def test_a_link_is_told_with_where_it_leads(files: Files) -> None:
    assert files.answer(b"readlink:%b" % b"/proc/2/exe".hex().encode()) == b"F9;/bin/prog"
    assert files.answer(b"readlink:%b" % b"/proc/2/cwd".hex().encode()) == b"F2;/}\x03"
    assert files.answer(b"readlink:%b" % b"/proc/3/exe".hex().encode()) == b"F-1,2"
    assert files.answer(b"readlink:") == files.answer(b"readlink:2f00") == b"F-1,2"


def test_the_links_of_a_process_are_found_in_proc(tmp_path: Path) -> None:
    """`info proc` of gdb asks for exe and cwd."""
    (tmp_path / "program.s").write_text(".globl _start\n_start: j _start\n")
    kernel = Machine().boot(tmp_path / "program.s").start().kernel
    found = [link_at(kernel, 2, path) for path in (b"/proc/2/exe", b"/proc/2/cwd", b"/proc/self")]
    assert found == [b"/program.s", b"/", b"2"]
    for pid, path, errno in (
        (2, b"/program.s", 22),
        (2, b"/nowhere", 2),
        (7, b"/proc/2/exe", 3),
        (0, b"/proc/9/exe", 2),
    ):
        with pytest.raises(Refused) as refused:
            link_at(kernel, pid, path)
        assert refused.value.errno == errno


def test_open_files_are_bounded() -> None:
    target = FakeTarget(IMAGE)
    target.read_file = lambda pid, path: b"x"  # type: ignore[method-assign]
    files = Files(target)
    assert [files.answer(OPEN) for _ in range(MOST_OPEN + 2)][-3:] == [b"F%x" % (MOST_OPEN - 1), b"F-1,18", b"F-1,18"]
    files.answer(b"close:7")
    assert files.answer(OPEN) == b"F7"
    large = bytes(MOST_BYTES // 2)
    target.read_file = lambda pid, path: large  # type: ignore[method-assign]
    files = Files(target)
    assert [files.answer(OPEN) for _ in range(3)] == [b"F0", b"F1", b"F-1,17"]
