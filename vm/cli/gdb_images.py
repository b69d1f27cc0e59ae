"""The guest's images as files of this computer's, so that a gdb on it need not read them through the protocol.

It says so for each, warns that this is slow, and reads an image anew for every process that runs it.
"""

from __future__ import annotations

import os
from contextlib import suppress

from vm.debug import signal_page
from vm.debug.machine_target import MachineTarget
from vm.debug.target import Refused


class Images:
    """A folder for gdb's sysroot: each image that a process of the ``target`` runs is there before gdb hears of it."""

    def __init__(self, target: MachineTarget, folder: str) -> None:
        self._target = target
        self._folder = folder
        self._written: dict[bytes, bytes] = {}
        target.shown = self.show
        self._write(signal_page.PATH, signal_page.image())

    def show(self, path: bytes) -> None:
        """Write the image at ``path`` of the guest's; what has no such name here is read through the protocol."""
        with suppress(Refused):
            self._write(path, self._target.read_file(0, path))

    def _write(self, path: bytes, data: bytes) -> None:
        names = path.split(b"/")[1:]
        if self._written.get(path) == data or not all(names) or {b".", b".."} & set(names):
            return
        place = os.path.join(os.fsencode(self._folder), *names)
        with suppress(OSError):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            new = place + b".new"
            with open(new, "wb") as file:
                file.write(data)
            os.replace(new, place)
            self._written[path] = data
