"""The socket at which a debugger is waited for, and the one client that it lets in."""

from __future__ import annotations

import os
import select
import socket
import stat
from types import TracebackType

from vm.debug.address import Address

SIGNS = (b"+", b"-", b"$", b"\x03")
"""What a client of the protocol can begin with; whoever says anything else is none."""


class Listener:
    """Listens at an address, for one client. As a context it ends with the listening, and a path is removed.

    ``address`` is where that is: with a port that was free instead of 0.
    """

    def __init__(self, address: Address) -> None:
        """Begin to listen. Raises OSError where that cannot be: FileExistsError for a path that is there already."""
        self.address = address
        self._identity: tuple[int, int] | None = None
        if address.path:
            self._socket = self._listen_at_path(address.path)
        else:
            self._socket, port = _listen_at_port(address)
            self.address = Address(address.host, port)

    def _listen_at_path(self, path: str) -> socket.socket:
        if os.path.lexists(path):
            raise FileExistsError(17, "there is such a file already")
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(path)
            status = os.lstat(path)
            self._identity = status.st_dev, status.st_ino
            os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)  # before anybody can connect
            listening.listen(1)
        except BaseException:
            listening.close()
            self._remove_path()
            raise
        return listening

    def accept(self, given_up: int | None = None) -> socket.socket | None:
        """Wait for a client that says something, and listen no longer. Who connects and leaves is none.

        None when something can be read from the descriptor ``given_up`` meanwhile. Raises OSError.
        """
        while True:
            if not _is_readable(self._socket.fileno(), given_up):
                return None
            client, _ = self._socket.accept()
            try:
                if not _is_readable(client.fileno(), given_up):
                    client.close()
                    return None
                if _says_something(client):
                    self.close()
                    return client
            except BaseException:
                client.close()
                raise
            client.close()

    def close(self) -> None:
        """Listen no longer: who connects is refused."""
        self._socket.close()
        self._remove_path()

    def _remove_path(self) -> None:
        """Remove the socket's path, if it is still ours."""
        identity, self._identity = self._identity, None
        try:
            status = os.lstat(self.address.path)
        except OSError:
            return
        if (status.st_dev, status.st_ino) == identity:
            os.unlink(self.address.path)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _listen_at_port(address: Address) -> tuple[socket.socket, int]:
    """A socket that listens at the first address that the host's name stands for, and its port."""
    family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(1)
    except BaseException:
        listening.close()
        raise
    return listening, listening.getsockname()[1]


def _is_readable(descriptor: int, given_up: int | None) -> bool:
    """Wait until something can be read from the descriptor; false when that is so of ``given_up`` instead."""
    poll = select.poll()
    for each in (descriptor, given_up):
        if each is not None:
            poll.register(each, select.POLLIN)
    return descriptor in [ready for ready, _ in poll.poll()]


def _says_something(client: socket.socket) -> bool:
    try:
        return client.recv(1, socket.MSG_PEEK) in SIGNS
    except ConnectionError:
        return False
