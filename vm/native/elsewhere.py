"""Compiles parts of the machine in processes of their own, at the same time."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from vm.native.parts import CHECKER, SETTINGS, CannotCompile, Progress

_PROJECT = Path(__file__).resolve().parents[2]
_CODE = "import sys; sys.path[:0] = sys.argv[2:]; from vm.native.compiler import main; main()"
_PYTHONS = ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
_PR_SET_PDEATHSIG = 1
_MOST_SAID = 1 << 14
"""Bytes kept of what a compiler has written to its standard error, the last."""
_CANNOT = "the machine cannot be compiled: "


def compile_elsewhere(parts: Sequence[str], progress: Progress | None = None) -> dict[str, bytes]:
    """Compile parts, each in a process of its own and at the same time: their object files. Raises CannotCompile."""
    tell = progress or (lambda done, steps, name: None)
    tell(0, 0, "the checker" if all(part == CHECKER for part in parts) else "the machine")
    working: list[_Compiling] = []
    try:
        with selectors.DefaultSelector() as selector:
            for part in parts:
                working.append(_Compiling(part))
                selector.register(working[-1].output, selectors.EVENT_READ, (working[-1], _Compiling.read))
                selector.register(working[-1].errors, selectors.EVENT_READ, (working[-1], _Compiling.listen))
            while selector.get_map():
                for key, _ in selector.select():
                    one, take = key.data
                    if not take(one):
                        selector.unregister(key.fileobj)
                    elif take is _Compiling.read and one.steps:
                        tell(sum(each.done for each in working), sum(each.steps for each in working), one.name)
        return {one.part: one.result() for one in working}
    finally:
        for one in working:
            one.end()


def end_with_parent() -> None:
    """Be killed when the thread ends that waits for this process (PR_SET_PDEATHSIG in prctl(2)), or at a write then."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _environment() -> dict[str, str]:
    """What compiles has only those settings of numba's that are in the kept code's name, and of Python's few.

    Others would leave assertions out, print what is imported, or wait for what the user types.
    """
    wanted = {*SETTINGS, *(() if sys.flags.ignore_environment else _PYTHONS)}
    known = ("PYTHON", "NUMBA_")
    return {name: value for name, value in os.environ.items() if name in wanted or not name.startswith(known)}


def _folders() -> list[str]:
    """Where this process imports from, unless that is only the folder that it was started in."""
    with suppress(OSError):
        here = os.getcwd()
        return [str(_PROJECT), *(path for path in sys.path if os.path.isabs(path) and path != here)]
    return [str(_PROJECT), *filter(os.path.isabs, sys.path)]


class _Compiling:
    """A process that compiles a part, and how far it is: it says so in lines of JSON, the last with the object file.

    A key that interrupts this process is not meant for it.
    """

    def __init__(self, part: str) -> None:
        self.part = part
        self.done, self.steps, self.name = 0, 0, ""
        self._object: bytes | None = None
        self._line = b""
        self._said = b""
        if not sys.executable or getattr(sys, "frozen", False):
            raise CannotCompile(_CANNOT + "this program does not know which Python it is run by (sys.executable)")
        only_system = ["-s"] if sys.flags.no_user_site else []
        command = [sys.executable, "-P", *only_system, "-c", _CODE, part, *_folders()]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=_environment(), cwd="/", process_group=0,
            )  # fmt: skip
        except OSError as error:
            raise CannotCompile(f"{_CANNOT}{sys.executable} cannot be run: {error.strerror}") from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.output, self.errors = self._process.stdout, self._process.stderr

    def read(self) -> bool:
        """Take what the process has written; False at its end."""
        new = os.read(self.output.fileno(), 1 << 16)
        *lines, self._line = (self._line + new).split(b"\n")
        for line in lines:
            said = _parse(line)
            if "object" in said:
                self._object = base64.b64decode(said["object"])
            elif "steps" in said:
                self.done, self.steps, self.name = said["done"], said["steps"], said["name"]
        return bool(new)

    def listen(self) -> bool:
        """Take what the process has written about errors; False at its end."""
        new = os.read(self.errors.fileno(), 1 << 16)
        self._said = (self._said + new)[-_MOST_SAID:]
        return bool(new)

    def result(self) -> bytes:
        """The object file. Raises CannotCompile, whose notes are all that the compiler had to say."""
        status = self._process.wait()
        if self._object is not None:
            return self._object
        said = self._said.decode(errors="replace").strip()
        if status < 0:
            with suppress(ValueError):
                said += f"\nthe compiler was ended by {signal.Signals(-status).name}, which may be for want of memory"
        reason = said.rpartition("\n")[2] or f"the compiler ended with {status}"
        if reason.startswith(("ModuleNotFoundError", "ImportError")):
            reason += f"; {sys.executable} -m pip install --force-reinstall numba may help"
        error = CannotCompile(_CANNOT + reason)
        error.add_note(said)
        raise error

    def end(self) -> None:
        """See to it that nothing is left of the process."""
        self._process.kill()
        self._process.wait()
        self.output.close()
        self.errors.close()


def _parse(line: bytes) -> dict[str, Any]:
    """What a line says; nothing if it is another's, such as of what Python runs when it starts."""
    with suppress(ValueError):
        said = json.loads(line)
        if isinstance(said, dict):
            return said
    return {}
