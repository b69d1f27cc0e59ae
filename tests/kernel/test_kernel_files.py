"""Pipes, descriptors and the console, where the host cannot be asked (see test_against_host.py for the rest)."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from tests.kernel.calls import (
    EBADF,
    EFAULT,
    EINVAL,
    EMFILE,
    ENFILE,
    ENOMEM,
    ENOSYS,
    ENOTDIR,
    ERANGE,
    O_CREAT,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    Process,
    clone,
    close,
    dup,
    exit_,
    fork,
    getcwd,
    lseek,
    note,
    openat,
    pipe2,
    raw,
    read,
    wait4,
    write,
)
from tests.kernel.guest import boot as guest_boot
from tests.kernel.guest import run
from tests.kernel.puppet import DATA, boot, by_process, play
from vm.abi import CALL_NUMBERS
from vm.kernel.ports import BytesInput, HostInput
from vm.machine import Machine
from vm.run import CannotRun

N = CALL_NUMBERS
CAPACITY, ATOMIC = 65536, 4096

CAT = """
_start: li a0, 0
        la a1, buffer
        li a2, {size}
        sys read
        blez a0, done
        mv s0, a0
        mv a2, a0
        li a0, 1
        la a1, buffer
        sys write
        bne a0, s0, done
        li a0, 2                # one dot a read, on standard error
        la a1, dot
        li a2, 1
        sys write
        j _start
done:   neg a0, a0
        sys exit
        .data
dot:    .ascii "."
        .bss
buffer: .zero {size}
"""


def test_small_writes_to_a_pipe_are_never_mixed(tmp_path: Path) -> None:
    """pipe(7): up to PIPE_BUF bytes go in whole, however many writers wait for room."""
    writers, rounds, size = 5, 12, ATOMIC

    def child(letter: bytes) -> object:
        def behaviour() -> Process:
            for _ in range(rounds):
                yield write(4, letter * size)

        return behaviour

    def parent() -> Process:
        yield pipe2()
        for number in range(writers):
            yield fork(child(b"%d" % number))  # type: ignore[arg-type]
        yield close(4)
        received = b""
        while data := (yield read(3, 7777)):
            received += data
        chunks = [received[at : at + size] for at in range(0, len(received), size)]
        yield note([len(received), all(len(set(chunk)) == 1 for chunk in chunks)])

    puppets = play(tmp_path / "root", parent, quantum=5)
    assert ["0", "note", [writers * rounds * size, True]] in puppets.records


def test_a_write_larger_than_a_pipe_waits_and_is_done_whole(tmp_path: Path) -> None:
    def child() -> Process:
        result = yield write(4, b"x" * (CAPACITY + 10_000))
        yield note(result)

    def parent() -> Process:
        yield pipe2()
        yield fork(child)
        yield close(4)
        lengths = []
        while data := (yield read(3, CAPACITY)):
            lengths.append(len(data))
        yield note(sum(lengths))
        yield note(lengths[0])

    notes = [record for record in play(tmp_path / "root", parent).records if record[1] == "note"]
    assert ["0.1", "note", CAPACITY + 10_000] in notes
    assert ["0", "note", CAPACITY + 10_000] in notes
    assert ["0", "note", CAPACITY] in notes


def test_buffers_that_are_not_the_guests(tmp_path: Path) -> None:
    """EFAULT; nothing is taken out of a pipe for a reader that cannot have it (read(2), write(2))."""

    def parent() -> Process:
        yield pipe2()
        yield write(4, b"hello")
        for address in (0, 0x1_0000, 0xFFFF_FFF0, 0x7000_0000):  # nothing, code, above the top, unmapped
            yield raw(N["read"], 3, address, 5)
        yield read(3, 5)
        yield write(4, b"x")
        for address in (0, 0xFFFF_FFF0, 0x7000_0000):
            yield raw(N["write"], 4, address, 5)
        yield raw(N["write"], 4, 0, 0)
        yield read(3, 5)
        yield raw(N["readv"], 3, 0, 1)
        yield raw(N["writev"], 4, 0x7000_0000, 1)
        yield raw(N["pipe2"], 0, 0)
        yield raw(N["pipe2"], 0x1_0000, 0)
        yield raw(N["uname"], 0)
        yield raw(N["getcwd"], 0, 100)
        yield raw(N["openat"], -100, 0, 0)
        yield dup(3)

    results = [result for _, call, result in play(tmp_path / "root", parent).records if call != "ended"]
    assert results == [
        [3, 4], 5, *[-EFAULT] * 4, "hello", 1, *[-EFAULT] * 3, 0, "x", *[-EFAULT] * 7, 5,
    ]  # fmt: skip


def test_vectors_that_cannot_be(tmp_path: Path) -> None:
    def parent() -> Process:
        yield pipe2()
        memory = puppets.task("0").memory
        for count in (-1, 1025, 0x7FFF_FFFF):
            yield raw(N["writev"], 4, DATA, count)
            yield raw(N["readv"], 3, DATA, count)
        yield raw(N["writev"], 4, DATA, 0)
        memory.write(DATA, (0).to_bytes(4, "little") + (0x8000_0000).to_bytes(4, "little"))
        yield raw(N["writev"], 4, DATA, 1)
        memory.write(DATA, ((0).to_bytes(4, "little") + (0x7FFF_FFFF).to_bytes(4, "little")) * 2)
        yield raw(N["writev"], 4, DATA, 2)

    puppets = boot(tmp_path / "root", parent)
    puppets.finish()
    results = [result for _, call, result in puppets.records if call == "raw"]
    assert results[:7] == [-EINVAL] * 6 + [0]
    assert results[7] == -EINVAL
    assert results[8] < 0, "EINVAL as POSIX has it, or Linux's cut to MAX_RW_COUNT and EFAULT"


def test_the_hosts_folder_never_changes(tmp_path: Path) -> None:
    def parent() -> Process:
        for path, flags in (
            ("/file", O_WRONLY), ("/file", O_RDWR), ("/file", O_WRONLY | O_TRUNC), ("/new", O_CREAT),
            ("/new", O_CREAT | O_WRONLY),
        ):  # fmt: skip
            fd = yield openat(path, flags)
            yield write(fd, b"changed")
        fd = yield openat("/file")
        yield read(fd, 20)

    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "file").write_text("as it was")
    records = play(tmp_path / "root", parent).records
    assert [result for _, call, result in records if call == "openat"] == list(range(3, 9))
    assert records[-2][1:] == ["read", "changed"]
    assert sorted(path.name for path in (tmp_path / "root").iterdir()) == ["file", "puppet"]
    assert (tmp_path / "root" / "file").read_text() == "as it was"


@pytest.mark.parametrize("size", [0, 1, 2, 100])
def test_the_working_directory_is_the_root(size: int, tmp_path: Path) -> None:
    def parent() -> Process:
        yield getcwd(size)
        yield openat("puppet")

    records = play(tmp_path / "root", parent).records
    assert records[0][2] == ("/" if size >= 2 else -ERANGE)
    assert records[1][2] == 3


def test_positions_beyond_what_a_file_can_have(tmp_path: Path) -> None:
    """lseek(2): EINVAL or EOVERFLOW beyond 2**63 - 1, and nothing worse."""
    largest = (1 << 63) - 1

    def parent() -> Process:
        yield openat("/puppet")
        yield lseek(3, largest, 0)
        for _ in range(3):
            yield lseek(3, largest, 1)
            yield lseek(3, largest, 2)
        yield read(3, 10)
        yield lseek(3, -largest - 1, 1)
        yield lseek(3, 0, 0)
        yield read(3, 4)

    records = play(tmp_path / "root", parent).records
    for _, call, result in records[2:8]:
        assert call == "lseek"
        assert result in (-EINVAL, -75)
    assert records[-2][2] == "\x7fELF"


@pytest.mark.parametrize("open_files", [3, 4, 7])
def test_the_limit_of_open_files(open_files: int, tmp_path: Path) -> None:
    def parent() -> Process:
        for _ in range(open_files):
            yield dup(0)
        yield close(0)
        yield dup(1)
        yield openat("/puppet")

    records = play(tmp_path / "root", parent, open_files=open_files).records
    opened = [result for _, call, result in records if call == "dup"]
    assert opened == [*range(3, open_files), *[-EMFILE] * 3, 0]
    assert records[-2][2] == -EMFILE


def test_the_limit_of_descriptors_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.kernel.files.opened.DESCRIPTORS_IN_ALL", 10)

    def child() -> Process:
        assert (yield dup(0)) == -ENFILE
        assert (yield raw(N["dup3"], 0, 9, 0)) == -ENFILE
        assert (yield raw(N["dup3"], 0, 4, 0)) == 4
        assert (yield raw(N["fcntl64"], 0, 0, 9)) == -ENFILE
        assert (yield openat("/puppet")) == -ENFILE
        assert (yield close(4)) == 0
        assert (yield pipe2(0)) == -ENFILE
        assert (yield openat("/puppet")) == 4

    def parent() -> Process:
        assert [(yield dup(0)), (yield dup(0))] == [3, 4]
        assert (yield fork(child)) > 0
        assert (yield wait4())[1] == 0
        assert (yield dup(0)) == 5
        assert (yield fork(child)) == -ENOMEM
        assert (yield close(5)) == 0
        assert (yield fork(child)) > 0
        yield wait4()

    puppets = play(tmp_path / "root", parent)
    assert puppets.finished is not None
    assert puppets.finished.status == 0
    assert puppets.kernel.system.descriptors.taken == 0


def test_calls_that_do_not_exist(tmp_path: Path) -> None:
    def parent() -> Process:
        for number in (0, 1, 9999, 0xFFFF_FFFF, 0x8000_0000, 63 | 1 << 16):
            yield raw(number, 1, 2, 3)

    records = play(tmp_path / "root", parent).records
    assert [result for _, call, result in records if call == "raw"] == [-ENOSYS] * 6


# --- the console ---


@pytest.mark.parametrize("size", [1, 3, 100])
def test_input_from_bytes(size: int, tmp_path: Path) -> None:
    text = b"one\ntwo\nthree without an end"
    result = run(tmp_path, CAT.format(size=size), input=text)
    assert (result.status, result.output) == (0, text)
    assert len(result.errors) == -(-len(text) // size)


def test_input_from_a_file_is_read_as_asked_for(tmp_path: Path) -> None:
    text = b"one\ntwo\n" * 20_000
    (tmp_path / "text").write_bytes(text)
    with (tmp_path / "text").open("rb") as file:
        result = run(tmp_path / "root", CAT.format(size=50_000), input=HostInput(file.fileno()))
    assert (result.status, result.output) == (0, text)
    assert len(result.errors) == 4


def test_input_from_a_pipe_comes_a_line_at_a_time(tmp_path: Path) -> None:
    """As a terminal would deliver it, however the host's writer cut it."""
    reader, writer = os.pipe()
    pieces = [b"first line\nsec", b"ond", b" line\nthird\n\nlast"]

    def feed() -> None:
        for piece in pieces:
            os.write(writer, piece)
            time.sleep(0.02)
        os.close(writer)

    thread = threading.Thread(target=feed)
    thread.start()
    result = run(tmp_path, CAT.format(size=100), input=HostInput(reader))
    thread.join()
    os.close(reader)
    assert (result.status, result.output) == (0, b"".join(pieces))
    assert result.errors == b".....", "first line, second line, third, the empty line, last"


def test_a_line_longer_than_the_buffer_comes_in_parts(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"0123456789\nab\n")
    os.close(writer)
    result = run(tmp_path, CAT.format(size=4), input=HostInput(reader))
    os.close(reader)
    assert result.output == b"0123456789\nab\n"
    assert result.errors == b"....", "0123 4567 89 ab"


def test_processes_share_the_input(tmp_path: Path) -> None:
    def child() -> Process:
        yield read(0, 4)

    def parent() -> Process:
        yield read(0, 4)
        yield fork(child)
        yield wait4()
        yield read(0, 4)
        yield read(0, 4)

    records = by_process(play(tmp_path / "root", parent, input=b"aaa\nbbb\nccc\n").records)
    assert ["read", "bbb\n"] in records["0.1"]
    assert [result for call, result in records["0"] if call == "read"] == ["aaa\n", "ccc\n", ""]


def test_writing_to_the_input_and_reading_from_the_output(tmp_path: Path) -> None:
    def parent() -> Process:
        yield write(0, b"x")
        yield read(1, 1)
        yield read(2, 1)
        yield openat("x", 0, 0)

    records = play(tmp_path / "root", parent).records
    assert [result for _, call, result in records if call != "ended"] == [-EBADF, -EBADF, -EBADF, -ENOTDIR]


def test_a_time_limit_ends_a_run_that_waits_for_input(tmp_path: Path) -> None:
    """Nothing ever comes through the pipe: the limit must not wait for it."""
    reader, writer = os.pipe()
    result = run(tmp_path, CAT.format(size=4), input=HostInput(reader), seconds=0.3)
    for fd in (reader, writer):
        os.close(fd)
    assert result.status == 124
    assert "time limit of 0.3 s" in result.message


def test_output_to_nobody_is_a_broken_pipe(tmp_path: Path) -> None:
    class Nobody:
        def write(self, data: bytes) -> None:
            raise BrokenPipeError

    source = '_start: li a0, 1\n la a1, x\n li a2, 1\n sys write\n exit 0\n .data\nx: .ascii "x"\n'
    booted = guest_boot(tmp_path, source, output=Nobody())
    assert booted.finish().status == 128 + 13


def test_input_that_is_not_there_is_an_end(tmp_path: Path) -> None:
    assert run(tmp_path, CAT.format(size=4), input=BytesInput(b"")).output == b""


def test_shared_memory_calls_that_wait_keep_their_arguments(tmp_path: Path) -> None:
    """A call that was blocked goes on with the registers it was made with (its memory may have changed)."""

    def child() -> Process:
        yield write(4, b"data")
        yield exit_(0)

    def parent() -> Process:
        yield pipe2()
        yield clone(0x100 | 17, child)
        yield read(3, 4)
        yield wait4()

    assert ["0", "read", "data"] in play(tmp_path / "root", parent).records


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as caught:
        Machine(root=tmp_path).run("/nowhere")
    assert caught.value.status == 127
