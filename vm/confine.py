"""Run a program that may read files below given folders only: the kernel sees to that, whatever the program does.

As a script: ``confine.py FOLDER... -- COMMAND...``. Source: *landlock(7)*; moving files from folder to
folder, which compilers do, can be allowed since its second version, of Linux 5.19.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of the calls of landlock(7); every architecture but alpha has them."""
_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR, _REFER = 1 << 2, 1 << 3, 1 << 13
_PR_SET_NO_NEW_PRIVS = 38

FILE_LIMIT, MEMORY_LIMIT, SECONDS = 256 << 20, 2 << 30, 20
"""Bytes of a file that the program writes, and of its memory, and seconds of processor time of each process:
setrlimit(2). They do not depend on what else the computer does."""


def _call(number: int, *arguments: object) -> int:
    result = int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def is_supported() -> bool:
    """Whether the kernel can confine a program."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)) >= 2
    except (OSError, AttributeError):
        return False


def confine(folders: Sequence[str]) -> None:
    """Let this process, and all that it starts, read files below ``folders`` only, for ever; OSError."""
    rights = struct.pack("=Q", _READ_FILE | _READ_DIR | _REFER)
    rules = _call(_CREATE_RULESET, rights, ctypes.c_size_t(len(rights)), ctypes.c_uint(0))
    for name in folders:
        folder = os.open(name, os.O_PATH | os.O_CLOEXEC)
        allowed = _READ_FILE | (_READ_DIR | _REFER if os.path.isdir(name) else 0)
        rule = struct.pack("=Qi", allowed, folder)
        _call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint(0))
        os.close(folder)
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    _call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0))
    os.close(rules)


def _bound(kind: int, limit: int) -> None:
    """Lower a limit of this process, if it is not lower already."""
    soft, hard = (limit if value == resource.RLIM_INFINITY else min(value, limit) for value in resource.getrlimit(kind))
    resource.setrlimit(kind, (soft, hard))


def main(arguments: Sequence[str]) -> None:
    """Confine this process and become the command; SystemExit, with a message, if that cannot be."""
    border = arguments.index("--")
    try:
        confine(arguments[:border])
        _bound(resource.RLIMIT_FSIZE, FILE_LIMIT)
        _bound(resource.RLIMIT_AS, MEMORY_LIMIT)
        _bound(resource.RLIMIT_CPU, SECONDS)
        os.execv(arguments[border + 1], list(arguments[border + 1 :]))
    except OSError as error:
        raise SystemExit(f"it cannot be confined: {error.strerror}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
