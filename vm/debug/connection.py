"""A client of the debugger's server: what it sends is read by a thread, so that an interrupt is heard at any time."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType

from vm.debug.packets import Incoming, Sign

CHUNK = 1 << 16
IDLE = 0.1
"""Seconds without a word after which a client is taken to think."""
MOST_WAITING = 1 << 22
"""Bytes that a client may send ahead of the answers. One that keeps to the protocol waits for them."""


class Connection:
    """A client's end, whose packets and signs :meth:`take` hands out one by one.

    An interrupt is not among them. It calls ``interrupt`` at once, in the thread that reads, if packets before it have
    not been answered; so does the end of the connection. ``is_answering``: something was taken, and the next has not
    been asked for. As a context it ends with the connection and the thread.
    """

    def __init__(self, client: socket.socket, interrupt: Callable[[], None]) -> None:
        self._client, self._interrupt = client, interrupt
        self._changed = threading.Condition()
        self._waiting: deque[bytes | Sign] = deque()
        self._size = 0
        self.is_answering = self._has_ended = False
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = threading.Thread(target=self._read, name="debugger's client", daemon=True)
        self._reader.start()

    def take(self, meanwhile: Callable[[Callable[[], bool]], None] | None = None) -> bytes | Sign | None:
        """Wait for the next one; None when the client has gone. What was taken before is answered by now.

        Where the client takes its time, ``meanwhile`` is called once, with what tells whether it has said something.
        """
        with self._changed:
            self.is_answering = False
            if meanwhile is not None and not (self._waiting or self._has_ended):
                self._changed.wait(IDLE)
            is_idle = not (self._waiting or self._has_ended)
        if meanwhile is not None and is_idle:
            meanwhile(lambda: bool(self._waiting) or self._has_ended)
        with self._changed:
            while not self._waiting and not self._has_ended:
                self._changed.wait()
            if not self._waiting:
                return None
            self.is_answering = True
            taken = self._waiting.popleft()
            self._size -= _size(taken)
        if self._has_ended:  # nobody is there to interrupt what it may begin
            self._interrupt()
        return taken

    def send(self, data: bytes) -> None:
        """Send ``data``. A client that has gone misses it."""
        with contextlib.suppress(OSError):
            self._client.sendall(data)

    def close(self) -> None:
        """End the connection, and the thread that reads."""
        with contextlib.suppress(OSError):  # it may be gone already
            self._client.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._client.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _read(self) -> None:
        """Be the thread that reads, until there is nothing more."""
        incoming = Incoming()
        try:
            while self._size <= MOST_WAITING:
                data = self._client.recv(CHUNK)
                if not data:
                    return
                for each in incoming.feed(data):
                    self._put(each)
            self._client.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is gone
            pass
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify()
            self._interrupt()

    def _put(self, arrived: bytes | Sign) -> None:
        with self._changed:
            if arrived is not Sign.INTERRUPT:
                self._waiting.append(arrived)
                self._size += _size(arrived)
                self._changed.notify()
                return
            is_meant = self.is_answering or bool(self._waiting)
        if is_meant:
            self._interrupt()


def _size(arrived: bytes | Sign) -> int:
    """Bytes that count for one that waits."""
    return len(arrived) + 64 if isinstance(arrived, bytes) else 64
