"""Folders that a reader could go astray in, and names that a report could."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.grade.hostile.planting import Hostile, program

NAMES = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "](http:evil) ![x](y)", "=cmd|' C'!A0", "@everyone",
    "+1", "--option", "-rf", "..hidden", "a\nb\n::error::x", "\x1b[31m\x1b]0;owned\x07", "\u202egnp.c", "\udcff\udcfe",
    "'; DROP TABLE 'x\"`id`$(id)", "%s%n{0}{name}", "]]>&amp;<!--", "x" * 240, " ", "nul", "\x01",
)  # fmt: skip
RIGHT = program("la a1, text\nli a2, 6\nli a0, 1\nli a7, 64\necall", 'text: .ascii "HELLO\\n"')
"""Nearly right."""


def folders(targets: Sequence[str]) -> Iterator[Hostile]:
    """Folders; ``targets`` are paths of the host that links lead to."""
    for name in NAMES:
        yield _made(name, lambda own: None)
    for number, target in enumerate((*targets, "/dev/zero", "/proc/self/environ", "p.s", ".", "/")):
        yield _made(f"link {number}", partial(_linked, target))
        yield _made(f"folder link {number}", partial(_linked_folder, target))
    for name, change in KINDS.items():
        yield _made(name, change)
    yield Hostile("a hard link", lambda top: _hard(top, targets[0]))


def _made(name: str, change: Callable[[Path], None]) -> Hostile:
    def plant(top: Path) -> Path:
        own = top / name.replace("/", "\u2215")
        own.mkdir()
        (own / "p.s").write_bytes(RIGHT)
        change(own)
        return own

    return Hostile(name, plant)


def _instead(own: Path, make: Callable[[Path], None]) -> None:
    (own / "p.s").unlink()
    make(own / "p.s")


def _linked(target: str, own: Path) -> None:
    _instead(own, partial(os.symlink, target))


def _linked_folder(target: str, own: Path) -> None:
    os.symlink(os.path.dirname(target) or "/", own / "more")


def _hard(top: Path, target: str) -> Path:
    """It is a file as any other: what a student cannot read he cannot link to either, where the system protects it."""
    own = top / "a hard link"
    own.mkdir()
    (own / "p.s").write_bytes(RIGHT)
    os.link(own / "p.s", own / "again.s")
    return own


def _bind(path: Path) -> None:
    here = os.open(path.parent, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero
    except OSError:
        os.mkfifo(path)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def _deep(own: Path) -> None:
    """Folders in folders, to a path that is longer than the system takes at once."""
    here = os.open(own, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("d" * 100, dir_fd=here)
        there = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)


def _many(own: Path) -> None:
    for number in range(50_000):
        os.close(os.open(own / f"f{number}", os.O_CREAT, 0o600))


def _many_folders(own: Path) -> None:
    for number in range(30_000):
        (own / f"f{number}").mkdir()


def _given(own: Path) -> None:
    """A folder where a file is put, and a file where a folder is made."""
    (own / "given.h").mkdir()
    (own / "given.h" / "x").write_bytes(b"x")
    (own / "p.s").unlink()
    (own / "p.s").mkdir()
    (own / "p.s" / "p.c").write_bytes(b"x")


def _strange(own: Path) -> None:
    for number, name in enumerate(NAMES):
        with suppress(OSError):
            (own / f"{number}{name}".replace("/", "_")).write_bytes(b"x")
    (own / "p.s").unlink()


KINDS: dict[str, Callable[[Path], None]] = {
    "a pipe": lambda own: _instead(own, os.mkfifo),
    "a socket": lambda own: _instead(own, _bind),
    "a device": lambda own: _instead(own, _device),
    "a file of a GiB": lambda own: _instead(own, _sparse),
    "no right to read": lambda own: (own / "p.s").chmod(0),
    "a folder without a right": lambda own: own.chmod(0o111),
    "deep folders": _deep,
    "50,000 files": _many,
    "30,000 folders": _many_folders,
    "folders for files": _given,
    "strange names": _strange,
    "nothing": lambda own: (own / "p.s").unlink(),
}
