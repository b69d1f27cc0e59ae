"""Compiles parts of the machine in processes of their own, at the same time."""

from __future__ import annotations

import base64
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vm.native.parts import CannotCompile, Progress

_PROJECT = Path(__file__).resolve().parents[2]


def compile_elsewhere(parts: Sequence[str], progress: Progress | None = None) -> dict[str, bytes]:
    """Compile parts, each in a process of its own and at the same time: their object files. Raises CannotCompile."""
    tell = progress or (lambda done, steps, name: None)
    tell(0, 0, "")
    path = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    working = [_Compiling(part, environment) for part in parts]
    try:
        with selectors.DefaultSelector() as selector:
            for one in working:
                selector.register(one.output, selectors.EVENT_READ, one)
            while selector.get_map():
                for key, _ in selector.select():
                    if not key.data.read():
                        selector.unregister(key.fileobj)
                    elif key.data.steps:
                        done, steps = sum(one.done for one in working), sum(one.steps for one in working)
                        tell(done, steps, key.data.name)
        return {one.part: one.result() for one in working}
    finally:
        for one in working:
            one.end()


class _Compiling:
    """A process that compiles a part, and how far it is: it says so in lines of JSON, the last with the object file."""

    def __init__(self, part: str, environment: Mapping[str, str]) -> None:
        self.part = part
        self.done, self.steps, self.name = 0, 0, ""
        self._object: bytes | None = None
        self._line = b""
        self._command = [sys.executable, "-P", "-m", "vm.native.compiler", part]
        try:
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise CannotCompile(f"{sys.executable} cannot be run: {error.strerror}") from error
        assert self._process.stdout is not None
        self.output = self._process.stdout

    def read(self) -> bool:
        """Take what the process has written; False at its end."""
        new = os.read(self.output.fileno(), 1 << 16)
        *lines, self._line = (self._line + new).split(b"\n")
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            if "object" in said:
                self._object = base64.b64decode(said["object"])
            else:
                self.done, self.steps, self.name = said["done"], said["steps"], said["name"]
        return bool(new)

    def result(self) -> bytes:
        """The object file. Raises CannotCompile."""
        status = self._process.wait()
        if self._object is None:
            raise CannotCompile(f"{' '.join(self._command)} ended with {status}")
        return self._object

    def end(self) -> None:
        """See to it that nothing is left of the process."""
        self._process.kill()
        self._process.wait()
        self.output.close()
