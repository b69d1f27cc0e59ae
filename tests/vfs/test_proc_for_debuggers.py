"""What gdb reads in /proc of a process, held to the form in which the host's kernel gives the same files (proc(5)).

`info proc all` reads cmdline, cwd, exe, maps, status and stat, `info auxv` the vector; `generate-core-file` reads maps.
"""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from tests.vfs.guest import Machined
from tests.vfs.test_world import O_CREAT, O_RDWR, link, open_file, read

HOST = Path("/proc/self")
MAPPING = re.compile(
    rb"([0-9a-f]{8,})-([0-9a-f]{8,}) [r-][w-][x-][ps] [0-9a-f]{8,} [0-9a-f]{2,}:[0-9a-f]{2,} \d+( *)(.*)"
)


@pytest.fixture
def guest(tmp_path: Path) -> Machined:
    (tmp_path / "root").mkdir()
    guest = Machined(tmp_path / "root")
    fd = open_file(guest, "/tmp/with a name", O_RDWR | O_CREAT)
    for index, flags in enumerate((1, 2, 0x21, 0x22)):
        assert guest.call("mmap2", 0x2000_0000 + index * 4096, 4096, 3, 0x10 | flags, fd, 0) > 0
    return guest


def mappings(text: bytes) -> list[tuple[int, int, bytes]]:
    """The lines of maps: names are in one column, and what has none ends with a space."""
    found, columns = [], set()
    assert text.endswith(b"\n")
    for line in text.splitlines():
        parts = MAPPING.fullmatch(line)
        assert parts is not None, line
        assert parts[4] or parts[3] == b" ", line
        columns |= {parts.start(4)} if parts[4] else set()
        found.append((int(parts[1], 16), int(parts[2], 16), parts[4]))
    assert len(columns) == 1
    return found


def test_maps(guest: Machined) -> None:
    assert len(mappings((HOST / "maps").read_bytes())) > 5
    found = mappings(read(guest, "/proc/2/maps"))
    assert found == sorted(found)
    assert all(start < end for start, end, _ in found)
    names = [name for start, _, name in found if start >> 28 == 2]
    assert names == [b"/tmp/with a name", b"/tmp/with a name", b"/dev/zero (deleted)", b""]


def shape(value: str) -> str:
    """A value with N for each number, H for each set: what it is, not how much."""
    return re.sub(r"\d+", "N", re.sub(r"\b[0-9a-f]{16}\b", "H", value))


def test_status(guest: Machined) -> None:
    host = [line.split(":\t") for line in (HOST / "status").read_text().splitlines()]
    lines = [line.split(":\t") for line in read(guest, "/proc/2/status").decode().splitlines()]
    known = [key for key, _ in host]
    assert [key for key in known if key in dict(lines)] == [key for key, _ in lines], "in Linux's order"
    values = dict(host)
    for key, value in lines:
        if key.startswith("Vm"):
            assert re.fullmatch(r" *\d+ kB", values[key])
            assert re.fullmatch(r" *\d+ kB", value)
            assert len(value) == len(f"{0:8} kB")
        elif key == "Groups":
            assert value.endswith(" ")
            assert values[key].endswith(" ")
        elif key != "Name":
            assert shape(value) == shape(values[key]), key


def test_stat(guest: Machined) -> None:
    for text in ((HOST / "stat").read_text(), read(guest, "/proc/2/stat").decode()):
        before, _, rest = text.rpartition(") ")
        assert re.fullmatch(r"\d+ \(.*", before)
        assert re.fullmatch(r"[RSDZT]( -?\d+){49}\n", rest)


def test_the_command_line_and_where_it_is(guest: Machined) -> None:
    assert (HOST / "cmdline").read_bytes().endswith(b"\0")
    assert read(guest, "/proc/2/cmdline") == b"/idle.s\0"
    assert (link(guest, "/proc/2/cwd"), link(guest, "/proc/2/exe")) == ("/", "/idle.s")
    assert os.readlink(HOST / "cwd") == os.getcwd()


def test_the_auxiliary_vector(guest: Machined) -> None:
    """Pairs of words up to the first AT_NULL, where Linux ends it as well."""
    host = struct.iter_unpack("NN", (HOST / "auxv").read_bytes())
    pairs = list(struct.iter_unpack("<II", read(guest, "/proc/2/auxv")))
    assert (next(pair for pair in host if pair[0] == 0), pairs[-1], dict(pairs)[6]) == ((0, 0), (0, 0), 4096)
    assert len(dict(pairs)) == len(pairs)
