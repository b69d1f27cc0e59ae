"""A server of one connection, and the real gdb connected to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.debug.gdb import gdb
from vm.debug.packets import Incoming
from vm.debug.session import Session
from vm.debug.target import Target


@contextmanager
def served(target: Target, log: list[bytes] | None = None) -> Iterator[int]:
    """The port where one client can have a session with ``target``; ``log`` takes the packets that arrive."""
    failures: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                connection, _ = listening.accept()
                with connection:
                    converse(connection, target, log if log is not None else [])
            except BaseException as failure:
                failures.append(failure)
                raise

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        yield port
        if thread.is_alive():
            socket.create_connection(("127.0.0.1", port)).close()
        thread.join(10)
    assert not failures


def converse(connection: socket.socket, target: Target, log: list[bytes]) -> None:
    session = Session(target)
    incoming = Incoming()
    while not session.is_over and (data := connection.recv(0x1_0000)):
        for arrived in incoming.feed(data):
            if isinstance(arrived, bytes):
                log.append(arrived)
            for piece in session.answer(arrived):
                connection.sendall(piece)


def asked(target: Target, commands: Sequence[str], folder: Path, log: list[bytes] | None = None) -> str:
    """What gdb prints when it is connected to ``target`` and does these commands."""
    with served(target, log) as port:
        return gdb([f"target remote 127.0.0.1:{port}", *commands], folder)
