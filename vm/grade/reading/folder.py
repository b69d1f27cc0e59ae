"""The files beside a file with tests, read once each, with bounds, and never outside its folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from vm.grade.reading.problems import Refused
from vm.grade.submissions import Handed, read_submission
from vm.quantities import size
from vm.reading import Outside, read_bounded
from vm.spelling import suggestion
from vm.text import brief

LARGEST, MOST = 16 << 20, 64 << 20
"""Bytes of a file, and of all files of a lab together."""
_NAMES = 1000
"""Names of a folder among which one is looked for that was meant."""


class LabFolder:
    """The folder of a lab. ``taken`` are the bytes of the files that were read, by their names below it."""

    def __init__(self, folder: Path) -> None:
        self.taken: dict[str, bytes] = {}
        self._folder = folder
        self._blank: dict[int, bytes] = {}
        self._left = MOST

    def has(self, name: str) -> bool:
        """Whether there is something of this name. Raises Refused for one that leads outside."""
        return os.path.lexists(self._path(name))

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises Refused."""
        path, key = self._path(name), PurePosixPath(name).as_posix()
        if key not in self.taken:
            try:
                data = read_bounded(path, LARGEST, roots=[self._folder])
            except FileNotFoundError:
                raise Refused(f"there is no file {brief(name)} in the folder of this file", self._meant(path)) from None
            except Outside:
                raise _outside(name) from None
            except (OSError, ValueError) as error:
                raise Refused(f"{brief(name)}: {getattr(error, 'strerror', None) or error}") from None
            self._take(len(data))
            self.taken[key] = data
        return self.taken[key]

    def blank(self, length: int) -> bytes:
        """So many zero bytes. Raises Refused for more than there is room for."""
        if length not in self._blank:
            if not 0 <= length <= LARGEST:
                raise Refused(f"a file has from 0 to {size(LARGEST)}, not {brief(length)} bytes")
            self._take(length)
            self._blank[length] = bytes(length)
        return self._blank[length]

    def solution(self, name: str) -> None:
        """Take the files of the reference solution in a folder. Raises Refused."""
        path = self._path(name)
        if not path.is_dir():
            raise Refused(f"there is no folder {brief(name)} in the folder of this file", self._meant(path))
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._folder)):
            raise _outside(name)
        submission = read_submission(Handed("reference", path))
        if not submission.files:
            raise Refused(f"there are no files in the folder {brief(name)}")
        for inner, data in submission.files.items():
            self.taken[f"{PurePosixPath(name).as_posix()}/{inner}"] = data

    def _path(self, name: str) -> Path:
        if not is_below(name):
            raise _outside(name)
        return self._folder / name

    def _take(self, length: int) -> None:
        self._left -= length
        if self._left < 0:
            self._left = 0
            raise Refused(f"the files of this lab are more than {size(MOST)} together")

    def _meant(self, path: Path) -> str:
        """What is there of a similar name."""
        try:
            with os.scandir(path.parent) as entries:
                names = sorted(entry.name for entry, _ in zip(entries, range(_NAMES), strict=False))
        except (OSError, ValueError):
            return ""
        return suggestion(path.name, names).removeprefix("; ")


def is_below(name: str) -> bool:
    """Whether a name is that of something below a folder, with slashes, whatever links there are."""
    parts = name.split("/")
    return 0 < len(name) <= 1000 and "\0" not in name and "\\" not in name and not {"", "..", "."} & set(parts)


def _outside(name: str) -> Refused:
    return Refused(f"{brief(name)} is outside the folder of this file", "put it there, and name it from there on")


def digest_of(document: str, files: Mapping[str, bytes]) -> str:
    """Name a document, in whatever text stands for it alone, and files by their names."""
    digest = hashlib.sha256(f"{len(document.encode())}\n{document}".encode())
    for name, data in sorted(files.items()):
        digest.update(f"{len(os.fsencode(name))} {len(data)}\n".encode() + os.fsencode(name) + data)
    return digest.hexdigest()
