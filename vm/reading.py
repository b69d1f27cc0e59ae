"""Files of the host: never more than there is room for, and nothing that does not end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

SOURCE_LIMIT = 16 << 20
"""Bytes of a source, or of a file that it includes."""

IMAGE_LIMIT = 256 << 20
"""Bytes of an image, debugging information included."""


class Outside(PermissionError):
    """A file lies outside the folders that may be read, whether it exists or not."""


def read_bounded(
    path: str | os.PathLike[str], limit: int, *, regular: bool = True, roots: Sequence[Path] | None = None
) -> bytes:
    """The contents of a file of at most ``limit`` bytes, of which no more than one byte above is ever read.

    Unless it need not be ``regular``, pipes and devices are refused, and never waited for. With ``roots`` the file must
    lie below one of these folders, wherever symbolic links lead.

    Raises OSError, the text for people in ``strerror``: EFBIG for more than ``limit`` bytes, EINVAL for what is not a
    regular file, :class:`Outside` (EACCES) for one outside ``roots``; ValueError for a name that no file can have.
    """
    if roots is not None:
        _check_below(_resolve(path), roots)
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (os.O_NONBLOCK if regular else 0))
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if roots is not None:
            _check_below(_path_of(handle, path), roots)
        if regular and not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > limit:
            raise _too_large(limit)
        return read_stream(file, limit)


def _resolve(path: str | os.PathLike[str]) -> Path:
    """``path`` without symbolic links, but for those that lead in a circle, which Path.resolve would raise over."""
    return Path(os.path.realpath(path))


def _path_of(handle: int, path: str | os.PathLike[str]) -> Path:
    """Where an open file really is: asked of the kernel, since links may change meanwhile, or else of the links."""
    try:
        return Path(os.readlink(f"/proc/self/fd/{handle}"))
    except OSError:
        return _resolve(path)


def _check_below(path: Path, roots: Iterable[Path]) -> None:
    """Raise OSError unless ``path``, which has no links in it, is in one of the folders ``roots``."""
    if not any(path.is_relative_to(_resolve(root)) for root in roots):
        raise Outside(errno.EACCES, "outside the folders that may be read")


def read_stream(file: BinaryIO, limit: int) -> bytes:
    """What is left of ``file``, of which there may be ``limit`` bytes; OSError (EFBIG) if there is more."""
    pieces: list[bytes] = []
    size = 0
    while piece := file.read(min(1 << 20, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
    return b"".join(pieces)


def source_text(data: bytes) -> str:
    """The text of a source. Bytes that are not UTF-8 come through unchanged."""
    return data.decode("utf-8", "surrogateescape")


def include_reader(folders: Sequence[Path] = (), roots: Sequence[Path] | None = None) -> Callable[[str], str]:
    """A reader for ``.include``, as :func:`asm.assemble` takes one: a path as it is, or else in one of ``folders``.

    With ``roots`` nothing but what lies below these folders is read. Pipes and devices cannot be included.
    """
    candidates = [Path(), *folders]

    def read(name: str) -> str:
        for folder in candidates[:-1]:
            with suppress(FileNotFoundError, NotADirectoryError, Outside):
                return source_text(read_bounded(folder / name, SOURCE_LIMIT, roots=roots))
        return source_text(read_bounded(candidates[-1] / name, SOURCE_LIMIT, roots=roots))

    return read


def _too_large(limit: int) -> OSError:
    words = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit:,} bytes"
    return OSError(errno.EFBIG, f"larger than {words}, the most that is read")
