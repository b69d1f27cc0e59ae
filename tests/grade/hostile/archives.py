"""Archives that are bombs, lead elsewhere, or are none."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.grade.hostile.folders import NAMES, RIGHT
from tests.grade.hostile.planting import Hostile

OUTSIDE = ("../../p.s", "/tmp/p.s", "..\\p.s", "C:\\p.s", "a\0b")


def archives(targets: Sequence[str]) -> Iterator[Hostile]:
    """Archives; ``targets`` are paths of the host that links lead to."""
    made: dict[str, Callable[[], bytes]] = {
        "zeros.zip": lambda: zipped([("p.s", bytes(256 << 20))]),
        "many zeros.zip": lambda: zipped([(f"{n}", bytes(15 << 20)) for n in range(40)]),
        "many names.zip": lambda: zipped([(f"{n}", b"") for n in range(30_000)]),
        "nested.zip": nested,
        "outside.zip": lambda: zipped([(name, RIGHT) for name in OUTSIDE]),
        "strange names.zip": lambda: zipped([(name, RIGHT) for name in NAMES if name.isprintable()]),
        "a lie.zip": lambda: lying(zipped([("p.s", bytes(1 << 20))])),
        "encrypted.zip": lambda: encrypted(zipped([("p.s", RIGHT)])),
        "a link.zip": lambda: zipped_link(targets[0]),
        "twice.zip": lambda: twice(),
        "no archive.zip": lambda: b"PK\x03\x04" + bytes(1000),
        "outside.tar": lambda: tarred([(name, tarfile.REGTYPE, "") for name in ("/p.s", "../p.s", "a/../../p.s")]),
        "links.tar": lambda: tarred([("p.s", tarfile.SYMTYPE, targets[0]), ("p.c", tarfile.LNKTYPE, targets[0]),
                                     ("p", tarfile.SYMTYPE, "/etc/passwd")]),
        "devices.tar": lambda: tarred([("p.s", tarfile.CHRTYPE, ""), ("p.c", tarfile.FIFOTYPE, "")]),
        "sparse.tar": sparse,
        "absurd size.tar": lambda: header(1 << 60),
        "zeros.tar.gz": lambda: gzip.compress(bytes(300 << 20), 1),
        "zeros.tar.bz2": lambda: bz2.compress(bytes(300 << 20), 1),
        "zeros.tar.xz": lambda: lzma.compress(bytes(300 << 20), preset=0),
        "large window.tar.xz": large_window,
        "long names.tar": lambda: tarred([("n" * 90_000 + "/p.s", tarfile.REGTYPE, "")]),
        "damaged.tar.gz": lambda: gzip.compress(tarred([("p.s", tarfile.REGTYPE, "")]))[:-20],
    }  # fmt: skip
    for name, make in made.items():
        yield Hostile(name, lambda top, name=name, make=make: _written(top / name, make()))  # type: ignore[misc]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zipped(members: Sequence[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def nested() -> bytes:
    data = RIGHT
    for _ in range(20):
        data = zipped([("p.zip", data), ("p.s", data)])
    return data


def lying(data: bytes) -> bytes:
    """Both headers say that there are ten bytes in it."""
    size = struct.pack("<I", 1 << 20)
    return data.replace(size, struct.pack("<I", 10))


def encrypted(data: bytes) -> bytes:
    """The flag that says so is set in both headers."""
    changed = bytearray(data)
    changed[6] |= 1
    changed[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def zipped_link(target: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        member = zipfile.ZipInfo("p.s")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, target)
    return file.getvalue()


def twice() -> bytes:
    """Two members have one name, which Python warns of when they are written."""
    data = zipped([("p.s", b"nonsense"), ("q.s", RIGHT)])
    return data.replace(b"q.s", b"p.s")


def tarred(members: Sequence[tuple[str, bytes, str]]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            member.size = len(RIGHT) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(RIGHT) if kind == tarfile.REGTYPE else None)
    return file.getvalue()


def sparse() -> bytes:
    """A file of 8 EiB that holds nothing."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("p.s")
        largest = str((1 << 63) - 1)
        member.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0",
                              "GNU.sparse.size": largest, "GNU.sparse.realsize": largest}  # fmt: skip
        archive.addfile(member)
    return file.getvalue()


def header(size: int) -> bytes:
    member = tarfile.TarInfo("p.s")
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def large_window() -> bytes:
    """What a decoder would need 1.5 GiB for."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20, "preset": 0}]
    data = bytearray(lzma.compress(bytes(1 << 20), filters=filters))
    at = data.index(b"\x21\x01") + 2
    data[at] = 40  # a window of 4 GiB
    block = data[12:]
    size = (block[0] + 1) * 4
    data[12 + size - 4 : 12 + size] = struct.pack("<I", __import__("zlib").crc32(bytes(data[12 : 12 + size - 4])))
    return bytes(data)
