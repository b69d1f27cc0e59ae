"""How much the cache holds, of what, and what goes when that is too much: what was not used for longest.

Only files that are named as ours are counted and removed: who names a folder of theirs as the cache loses nothing else.
Any number of processes may remove at once, and others read meanwhile: what is gone is made again.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from vm.cache.places import opened
from vm.values import dataclass

DEFAULT_LIMIT = 512 << 20
"""Bytes that the cache holds at most, unless FORKLORE_CACHE_SIZE says otherwise."""
UNFINISHED = ".unfinished-"
"""How names of temporary files and folders begin."""
_HOUR, _DAY = 3600, 86400
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30}


@dataclass(frozen=True, slots=True)
class Kind:
    """What is kept in one folder: files of these names, in folders of their own for each version if it has some."""

    name: str
    text: str
    folder: str
    names: re.Pattern[str]
    versions: re.Pattern[str] | None = None


_DIGEST = re.compile(r"[0-9a-f]{20}")
_FORMER_CODE = r".+-[0-9a-f]{16}\.nbc|\w+\.complete"
"""What earlier versions have left."""
KINDS = (
    Kind("machine", "the machine, compiled", "jit", re.compile(rf"\w+\.code|{_FORMER_CODE}"), _DIGEST),
    Kind("translations", "translated code", "translations", re.compile(r"[0-9a-f]{8}-[0-9a-f]{32}|stubs"), _DIGEST),
    Kind("c", "compiled C", "c", re.compile(r"[0-9a-f]{32}\.(image|text)|vfork-[0-9a-f]{32}\.[oa](\.seal)?|musl-.+")),
    Kind("host", "programs for this computer", "host", re.compile(r"measured-[0-9a-f]{16}(\.seal|\.\d+)?")),
)


@dataclass(slots=True)
class Unit:
    """What goes together: a file, or all files of a version in its folder."""

    kind: Kind
    folder: Path
    version: bool
    files: list[Path] = field(default_factory=list)
    size: int = 0
    used: float = 0.0

    def remove(self) -> None:
        """Remove it, as far as that can be."""
        for path in self.files:
            with suppress(OSError):
                path.unlink()
        if self.version:
            with suppress(OSError):
                self.folder.rmdir()


def limit() -> int:
    """Bytes that the cache may hold; a size in the environment that is none is as if it were not there."""
    match = re.fullmatch(r"0*(\d{1,20})([KMG]?)(i?B)?", os.environ.get("FORKLORE_CACHE_SIZE", ""), re.IGNORECASE)
    return int(match[1]) << _UNITS[match[2].upper()] if match else DEFAULT_LIMIT


def units(root: Path) -> list[Unit]:
    """All that is kept below ``root``."""
    found = []
    for kind in KINDS:
        folder = root / kind.folder
        if kind.versions is None:
            found += [_unit(kind, folder, False, [entry]) for entry in _entries(folder, kind)]
            continue
        for entry in _scan(folder):
            if entry.is_dir(follow_symlinks=False) and kind.versions.fullmatch(entry.name):
                found.append(_unit(kind, Path(entry.path), True, list(_entries(Path(entry.path), kind))))
    return found


def _unit(kind: Kind, folder: Path, version: bool, entries: list[os.DirEntry[str]]) -> Unit:
    unit = Unit(kind, folder, version)
    for entry in entries:
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            unit.files.append(Path(entry.path))
            unit.size += status.st_size
            unit.used = max(unit.used, status.st_mtime)
    return unit


def _entries(folder: Path, kind: Kind) -> Iterator[os.DirEntry[str]]:
    for entry in _scan(folder):
        if kind.names.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
            yield entry


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def trim(root: Path) -> None:
    """Remove what was not used for longest until a tenth of the limit is free, if there is more than that.

    Versions that nobody used within the last hour go first, whole. The folders that this process uses stay.
    """
    _remove_unfinished(root)
    kept = units(root)
    total, most = sum(unit.size for unit in kept), limit()
    if total <= most:
        return
    recent = time.time() - _HOUR
    removable = [unit for unit in kept if not (unit.version and unit.folder in opened)]
    for unit in sorted(removable, key=lambda unit: (not unit.version or unit.used > recent, unit.used)):
        if total <= most - most // 10:
            return
        unit.remove()
        total -= unit.size


def _remove_unfinished(root: Path) -> None:
    """Remove what processes left behind that were killed."""
    before = time.time() - _DAY
    for kind in KINDS:
        folders = [root / kind.folder]
        if kind.versions is not None:
            folders += [Path(entry.path) for entry in _scan(folders[0]) if kind.versions.fullmatch(entry.name)]
        for entry in (entry for folder in folders for entry in _scan(folder) if entry.name.startswith(UNFINISHED)):
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime > before:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)


_written: dict[Path, int] = {}
"""Bytes written to each cache since it was last trimmed."""


def note_written(folder: Path, size: int) -> None:
    """So much was written to ``folder``: its cache is trimmed when this process ends, or has written much."""
    root = opened.get(folder)
    if root is None:
        return
    if not _written:
        atexit.register(_trim_written)
    _written[root] = _written.get(root, 0) + size
    if _written[root] > limit() // 4:
        _written[root] = 0
        trim(root)


def _trim_written() -> None:
    for root in _written:
        trim(root)
