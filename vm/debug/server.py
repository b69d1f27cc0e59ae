"""The server of a debugger: one client's packets are answered until it leaves."""

from __future__ import annotations

import socket
from collections.abc import Callable

from vm.debug.connection import Connection
from vm.debug.session import Session
from vm.debug.target import Target


def serve(client: socket.socket, target: Target, wake: Callable[[], None]) -> list[int]:
    """Answer the client's packets until it leaves, and end its connection.

    ``wake`` ends a wait for the machine's input, so that an interrupt is seen at once. Processes that the client was
    told of and has not let go are killed then; return their pids.
    """

    def interrupt() -> None:
        target.interrupt()
        wake()

    session = Session(target)
    with Connection(client, interrupt) as connection:
        while not session.is_over and (arrived := connection.take(target.prepare)) is not None:
            for piece in session.answer(arrived):
                connection.send(piece)
    left = sorted({thread.pid for thread in target.threads()})
    for pid in left:
        target.kill(pid)
    return left
