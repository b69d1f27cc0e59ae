"""A client of the debugger's server: what it sends is read by a thread, so that an interrupt is heard at any time."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType

CHUNK = 1 << 16
MOST_WAITING = 1 << 22
"""Bytes that a client may send ahead of the answers. One that keeps to the protocol waits for them."""
INTERRUPT = b"\x03"


class Connection:
    """A client's end, whose messages :meth:`take` hands out one by one.

    ``split`` cuts the bytes that arrive into messages; one that is INTERRUPT calls ``interrupt`` at once, in the thread
    that reads, if messages before it have not been answered; so does the end of the connection. ``is_answering``: a
    message was taken, and the next one has not been asked for. As a context it ends with the connection and the thread.
    """

    def __init__(
        self, client: socket.socket, split: Callable[[bytes], Iterable[bytes]], interrupt: Callable[[], None]
    ) -> None:
        self._client, self._split, self._interrupt = client, split, interrupt
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self.is_answering = self._has_ended = False
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = threading.Thread(target=self._read, name="debugger's client", daemon=True)
        self._reader.start()

    def take(self) -> bytes | None:
        """Wait for the next message; None when the client has gone. What was taken before is answered by now."""
        with self._changed:
            self.is_answering = False
            while not self._waiting and not self._has_ended:
                self._changed.wait()
            if not self._waiting:
                return None
            self.is_answering = True
            message = self._waiting.popleft()
            self._size -= len(message)
        if self._has_ended:  # nobody is there to interrupt what it may begin
            self._interrupt()
        return message

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
        try:
            while self._size <= MOST_WAITING:
                data = self._client.recv(CHUNK)
                if not data:
                    return
                for message in self._split(data):
                    self._put(message)
            self._client.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is gone
            pass
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify()
            self._interrupt()

    def _put(self, message: bytes) -> None:
        with self._changed:
            if message == INTERRUPT:
                is_running = self.is_answering or bool(self._waiting)
            else:
                self._waiting.append(message)
                self._size += len(message)
                self._changed.notify()
                return
        if is_running:
            self._interrupt()
