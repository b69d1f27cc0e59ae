"""Where a debugger's server listens: a port of this computer, or a Unix socket."""

from __future__ import annotations

import shlex

from vm.text import brief
from vm.values import dataclass

LOOPBACK = "127.0.0.1"
LARGEST_PORT = 65_535
LONGEST_PATH = 107
"""Bytes of a Unix socket's path, unix(7)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A ``path``, or without one a ``port`` of ``host``; port 0 is any that is free."""

    host: str = LOOPBACK
    port: int = 0
    path: str = ""

    @property
    def remote(self) -> str:
        """What gdb's command ``target remote`` calls it."""
        if self.path:
            return self.path
        host = "" if self.host in (LOOPBACK, "0.0.0.0") else f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def command(self) -> str:
        """How a person starts a gdb that connects to it, in a shell."""
        return f"gdb-multiarch -ex {shlex.quote(f'target remote {self.remote}')}"


def address_of(text: str) -> Address:
    """Read PORT, HOST:PORT, or the path of a Unix socket, which has a slash. Without a host it is the loopback.

    An IPv6 host stands in brackets. Raises ValueError.
    """
    if "/" in text:
        if len(text.encode(errors="surrogateescape")) > LONGEST_PATH:
            raise ValueError(f"{brief(text)} is too long for a Unix socket: its path has {LONGEST_PATH} bytes at most")
        return Address(path=text)
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal()) or (":" in host and not host.startswith("[")):
        raise ValueError(f"{brief(text)} is not PORT, HOST:PORT, or the path of a Unix socket with a / in it")
    if len(port) > len(str(LARGEST_PORT)) or int(port) > LARGEST_PORT:
        raise ValueError(f"{brief(text)} names no port: they go up to {LARGEST_PORT:,}")
    return Address(host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port))
