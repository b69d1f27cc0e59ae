"""What was handed in: folders, single files and archives, read without trusting any of them.

Only regular files are taken, no link is followed, nothing is opened that could make the reader wait, and everything has
a bound. What is left out is said.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath

from vm.reading import read_bounded
from vm.text import printable, shortened
from vm.values import dataclass

MOST_FILES, MOST_BYTES, LARGEST_FILE, DEEPEST = 1_000, 64 << 20, 16 << 20, 16
"""Files of a submission, their bytes together and those of one, and folders below each other, that are taken."""
MOST_ENTRIES = 20_000
"""Names that are looked at."""
MOST_REMARKS = 20
"""Things left out that are told one by one."""
_ENTRY = b"PK\x01\x02"
"""What each entry of a zip archive's directory begins with (APPNOTE, 4.3.12)."""
MOST_EMPTY = 10
"""Reads behind the end of an archive."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What somebody handed in: ``files`` are bytes by their paths, ``remarks`` say what was left out.

    ``name`` is what was given, without a suffix; ``digest`` names all of that. What cannot be read has no files, and a
    remark.
    """

    name: str
    digest: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """Where a submission lies, and its name; it is read when its turn comes."""

    name: str
    path: Path


class CannotRead(ValueError):
    """There is nothing to be graded at a path; the text says why, and what to do."""


def find_submissions(paths: Sequence[str | os.PathLike[str]]) -> list[Handed]:
    """Name what was handed in at each of ``paths``, sorted by name; a second one of a name gets a number: no two have
    one name.

    Raises CannotRead for a path where nothing is.
    """
    found = sorted((Handed(_name(Path(path)), Path(path)) for path in paths), key=lambda each: (each.name, each.path))
    given, taken = {each.name for each in found}, set[str]()
    for index, each in enumerate(found):
        name, number = each.name, 1
        while name in taken or (number > 1 and name in given):
            number += 1
            name = f"{each.name} ({number})"
        taken.add(name)
        found[index] = Handed(name, each.path)
    return found


def _name(path: Path) -> str:
    """What a submission is called: as its folder, or as its file without a suffix. Raises CannotRead."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise CannotRead(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if stat.S_ISDIR(mode):
        name = path.resolve().name or "submission"
    elif stat.S_ISREG(mode):
        suffix = _suffix(path)
        name = (path.name[: -len(suffix)] if suffix else path.stem) or path.name
    else:
        raise CannotRead(f"{path}: neither a folder nor a file")
    return shortened(printable(name), 200)


def _suffix(path: Path) -> str:
    """The suffix of an archive; empty for what is none."""
    return next((each for each in ARCHIVES if path.name.lower().endswith(each)), "")


def read_submission(handed: Handed) -> Submission:
    """Read a folder, an archive, or a file; what cannot be read is left out, with a remark."""
    path, taken = handed.path, _Taken()
    if path.is_dir():
        _read_folder(path, taken)
    elif suffix := _suffix(path):
        _read_archive(path, suffix, taken)
    else:
        _take_file(path, path.name, taken)
    return Submission(
        name=handed.name, digest=taken.digest(), files=dict(sorted(taken.files.items())), remarks=taken.told()
    )


class _Taken:
    """The files of a submission so far."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._bytes = 0
        self._remarks: list[str] = []
        self._more = 0

    def digest(self) -> str:
        """Name what was taken, paths and contents, and what was left out."""
        digest = hashlib.sha256(repr(self.told()).encode())
        for path, data in sorted(self.files.items()):
            name = os.fsencode(path)
            digest.update(b"%d %d " % (len(name), len(data)) + name + data)
        return digest.hexdigest()

    def told(self) -> tuple[str, ...]:
        """Tell what was left out."""
        return (*self._remarks, *([f"… and {self._more:,} more"] if self._more else []))

    def leave(self, path: str, why: str) -> None:
        """Note that something is left out."""
        if len(self._remarks) < MOST_REMARKS:
            self._remarks.append(f"{shortened(printable(path), 100)}: {why}, left out")
        else:
            self._more += 1

    def has_room(self, path: str, size: int) -> bool:
        """Whether a file of so many bytes may be taken; notes it where not."""
        if size > LARGEST_FILE:
            self.leave(path, f"more than {LARGEST_FILE >> 20} MiB")
        elif self._bytes + size > MOST_BYTES:
            self.leave(path, f"more than {MOST_BYTES >> 20} MiB with what comes before it")
        elif len(self.files) >= MOST_FILES:
            self.leave(path, f"more than {MOST_FILES:,} files")
        else:
            return True
        return False

    def take(self, path: str, data: bytes) -> None:
        """Take a file."""
        self.files[path] = data
        self._bytes += len(data)

    def lift(self) -> None:
        """Where all files lie in one folder, as in an archive of it, leave that folder's name out."""
        tops = {path.partition("/")[0] for path in self.files}
        if len(tops) == 1 and all("/" in path for path in self.files):
            self.files = {path.partition("/")[2]: data for path, data in self.files.items()}


def _take_file(path: Path, name: str, taken: _Taken) -> None:
    """Take a file of the host's that is known to be regular."""
    try:
        status = os.stat(path, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            target = os.stat(path)  # one that was named itself
            status = target if stat.S_ISREG(target.st_mode) else status
        if taken.has_room(name, status.st_size):
            taken.take(name, read_bounded(path, LARGEST_FILE))
    except (OSError, ValueError) as error:
        taken.leave(name, getattr(error, "strerror", None) or str(error))


def _read_folder(top: Path, taken: _Taken) -> None:
    """Take what lies in a folder, sorted by path."""
    for looked, (entry, name) in enumerate(_walk(top, "", 0, taken)):
        if looked >= MOST_ENTRIES:
            taken.leave(name, f"more than {MOST_ENTRIES:,} names, it and all behind it")
            return
        kind = _kind(entry)
        if kind:
            taken.leave(name, kind)
        else:
            _take_file(Path(entry.path), name, taken)


def _walk(folder: Path, before: str, depth: int, taken: _Taken) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Yield what is no folder, in the order of names, with its path below the top."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        taken.leave(before or ".", error.strerror or str(error))
        return
    for entry in found:
        name = f"{before}{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            yield entry, name
        elif entry.name == ".git":
            continue
        elif depth + 1 >= DEEPEST:
            taken.leave(f"{name}/", f"more than {DEEPEST} folders deep")
        else:
            yield from _walk(Path(entry.path), f"{name}/", depth + 1, taken)


def _kind(entry: os.DirEntry[str]) -> str:
    """What a name is that is no regular file; empty for one."""
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError as error:
        return error.strerror or str(error)
    if stat.S_ISREG(mode):
        return ""
    return "a symbolic link" if stat.S_ISLNK(mode) else "no file but a device, a pipe or a socket"


def _read_archive(path: Path, suffix: str, taken: _Taken) -> None:
    """Take what an archive holds; a damaged one gives what can be read of it."""
    try:
        data = read_bounded(path, MOST_BYTES)
        members = _zip(data, taken) if suffix == ".zip" else _tar(data, taken)
        for name, content in members:
            safe = _below(name)
            if safe is None:
                taken.leave(name, "a path that leads outside")
            elif taken.has_room(safe, len(content)):
                taken.take(safe, content)
    except Exception as error:  # whatever libraries raise for archives that are none
        taken.leave(path.name, f"no archive that can be read ({shortened(printable(str(error)), 80)})")
    taken.lift()


class _Unpacked(io.RawIOBase):
    """What is in a compressed file, or the file itself, as it is read: never all of it at once.

    Reading raises ValueError where too much is in it, and for who goes on reading behind its end: what a member's head
    says of its size may be anything, and the library skips so much.
    """

    def __init__(self, data: bytes) -> None:
        self._left = 4 * MOST_BYTES
        self._empty = 0
        self._file: io.BufferedIOBase = io.BytesIO(data)
        for magic, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ", lzma)):
            if data.startswith(magic):
                self._file = module.open(io.BytesIO(data))

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or what is left of them."""
        data = self._file.read(size)
        self._left -= len(data)
        self._empty += not data
        if self._empty > MOST_EMPTY:
            raise ValueError("it ends too early")
        if self._left < 0:
            raise ValueError(f"more than {4 * MOST_BYTES >> 20} MiB are in it")
        return data


def _zip(data: bytes, taken: _Taken) -> Iterator[tuple[str, bytes]]:
    if data.count(_ENTRY) > MOST_ENTRIES:  # the library reads all of them at once
        raise ValueError(f"more than {MOST_ENTRIES:,} names")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            mode = member.external_attr >> 16
            if member.is_dir() or _is_ours_to_skip(member.filename):
                continue
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                taken.leave(member.filename, "no regular file")
            elif taken.has_room(member.filename, member.file_size):
                with archive.open(member) as file:
                    yield member.filename, file.read(LARGEST_FILE + 1)


def _tar(data: bytes, taken: _Taken) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=_Unpacked(data), mode="r|") as archive:
        for looked, member in enumerate(archive):
            if looked >= MOST_ENTRIES:
                raise ValueError(f"more than {MOST_ENTRIES:,} names")
            if member.isdir() or _is_ours_to_skip(member.name):
                continue
            file = archive.extractfile(member) if member.isreg() else None
            if file is None:
                taken.leave(member.name, "no regular file")
            elif taken.has_room(member.name, member.size):
                yield member.name, file.read(LARGEST_FILE + 1)


def _is_ours_to_skip(name: str) -> bool:
    """True for what programs that pack add by themselves."""
    parts = PurePosixPath(name).parts
    return ".git" in parts or "__MACOSX" in parts or (bool(parts) and parts[-1] == ".DS_Store")


def _below(name: str) -> str | None:
    """A path of an archive as one below the submission; None for one that leads elsewhere."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part != "."]
    if path.is_absolute() or ".." in parts or not parts or len(parts) > DEEPEST or "\0" in name:
        return None
    return "/".join(parts)
