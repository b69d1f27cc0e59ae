"""How the files of cores are named, and how they come to be: whole, under no link, in place of nothing but a core.

Source: core(5), "Naming of core dump files".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from vm.elf import format as f

_FIELD = re.compile(r"%(.?)", re.DOTALL)
_KNOWN = "pes%"
_LONGEST = 15
"""Letters of a program's name that are told."""


class WrongPattern(ValueError):
    """A name for cores that cannot be used; the text says why."""


def check_pattern(pattern: str) -> None:
    """Raise WrongPattern for a name with a field that is not known, or under which no core can be put."""
    for field in _FIELD.findall(pattern):
        if field not in tuple(_KNOWN):
            raise WrongPattern(f"%{field} is none of %p (pid), %e (program), %s (signal), %%")
    folder, name = os.path.split(pattern)
    if not name:
        raise WrongPattern("it names no file")
    if "%" in folder:
        return
    if not os.path.isdir(folder or "."):
        raise WrongPattern(f"there is no folder {folder}")
    if not os.access(folder or ".", os.W_OK | os.X_OK):
        raise WrongPattern(f"{folder or 'the working directory'} cannot be written")
    if "%" not in pattern and os.path.lexists(pattern):
        try:
            _demand_older(Path(pattern), f.ET_CORE)
        except OSError as error:
            raise WrongPattern(error.strerror) from None


def expanded(pattern: str, pid: int, program: str, signal: int) -> str:
    """The name of a core. What ``program`` is called may lead nowhere else, nor command a terminal.

    Of that the beginning is told, as it is in /proc/PID/comm.
    """
    plain = "".join(letter if letter.isprintable() and letter != "/" else "!" for letter in program[:_LONGEST])
    program = "!" + plain[1:] if plain in ("", ".", "..") else plain  # as fs/coredump.c does it
    fields: Mapping[str, str] = {"p": str(pid), "e": program, "s": str(signal), "%": "%"}
    return _FIELD.sub(lambda field: fields[field[1]], pattern)


def names_every_process(pattern: str) -> bool:
    """Tell whether two processes can have no file of one name: it has %p."""
    return "p" in _FIELD.findall(pattern)


class Occupied(OSError):
    """There is something under a name that is not to be overwritten; ``strerror`` says what."""

    def __init__(self, what: str) -> None:
        super().__init__(0, what)

    def __reduce__(self) -> tuple[type[Occupied], tuple[str]]:
        return Occupied, (str(self.strerror),)


def put(path: Path, kind: int, write: Callable[[int], None]) -> bool:
    """Make the file ``path`` of what ``write`` writes to a descriptor: whole, or not at all.

    True where it takes the place of an older ELF file for RISC-V of the type ``kind``. Raises OSError, Occupied where
    there is something else.
    """
    is_there = os.path.lexists(path)
    if is_there:
        _demand_older(path, kind)
    name = f"{path.parent}/.{os.urandom(8).hex()}"
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write(descriptor)
        finally:
            os.close(descriptor)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    return is_there


def _demand_older(path: Path, kind: int) -> None:
    if path.is_symlink():
        raise Occupied("it is a symbolic link, which leads elsewhere")
    if not path.is_file():
        raise Occupied("it is there, and no plain file")
    with path.open("rb") as file:
        header = file.read(f.HEADER.size)
    is_older = header.startswith(f.MAGIC) and header[f.E_TYPE : f.E_TYPE + 4] == _types(kind)
    if not is_older:
        raise Occupied(f"it is there, and {'no core' if kind == f.ET_CORE else 'no image'} that could be replaced")


def _types(kind: int) -> bytes:
    return kind.to_bytes(2, "little") + f.EM_RISCV.to_bytes(2, "little")
