"""The socket at which a debugger is waited for: one client that speaks, and nothing left behind."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from vm.debug.address import LOOPBACK, Address
from vm.debug.listener import Listener


def connected(address: Address) -> socket.socket:
    if not address.path:
        return socket.create_connection((address.host, address.port), timeout=60)
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(address.path)
    except OSError:
        client.close()
        raise
    return client


@pytest.fixture(params=["port", "path"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    return Address(LOOPBACK, 0) if request.param == "port" else Address(path=str(tmp_path / "gdb"))


def test_one_client_is_let_in(address: Address) -> None:
    with Listener(address) as listener:
        with connected(listener.address) as client:
            client.sendall(b"+")
            accepted = listener.accept()
            assert accepted is not None
            with accepted:
                assert accepted.recv(1) == b"+"
                with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
                    connected(listener.address)
        assert not address.path or not os.path.lexists(address.path)


def test_who_leaves_without_a_word_is_no_client(address: Address) -> None:
    with Listener(address) as listener:
        connected(listener.address).close()
        with connected(listener.address) as client:
            client.sendall(b"+")
            accepted = listener.accept()
            assert accepted is not None
            with accepted:
                assert accepted.recv(1) == b"+"


@pytest.mark.parametrize("is_connected", [False, True])
def test_waiting_is_given_up(address: Address, is_connected: bool) -> None:
    reader, writer = os.pipe()
    with Listener(address) as listener, open(reader, "rb"), open(writer, "wb", buffering=0) as end:
        client = connected(listener.address) if is_connected else None
        timer = threading.Timer(0.05, end.write, [b"\0"])
        timer.start()
        assert listener.accept(reader) is None
        timer.join()
        if client is not None:
            client.close()


def test_a_free_port_is_told() -> None:
    with Listener(Address(LOOPBACK, 0)) as first, Listener(Address(LOOPBACK, 0)) as second:
        assert 0 < first.address.port != second.address.port > 0
        assert first.address.host == LOOPBACK
        with pytest.raises(OSError, match="in use"):
            Listener(first.address)


def test_a_path_is_its_owners_and_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "gdb"
    with Listener(Address(path=str(path))):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


@pytest.mark.parametrize("kind", ["file", "link", "socket"])
def test_a_path_that_exists_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "gdb"
    if kind == "file":
        path.write_text("mine")
    elif kind == "link":
        path.symlink_to("nowhere")
    else:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
    with pytest.raises(FileExistsError):
        Listener(Address(path=str(path)))
    assert os.path.lexists(path)


def test_what_has_taken_the_paths_place_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "gdb"
    with Listener(Address(path=str(path))):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"
