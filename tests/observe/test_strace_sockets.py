"""Calls of sockets are shown as strace(1) shows them: addresses, options, messages and what goes with them."""

from __future__ import annotations

import struct

import pytest

from vm.abi.sockets import Cmsghdr, Linger, Mmsghdr, Msghdr
from vm.observe.strace import sockets
from vm.observe.strace.call import LATER, Call

LOOPBACK = struct.pack("<H2s4s8x", 2, b"\x1f\x90", b"\x7f\0\0\1")
RIGHTS = Cmsghdr.pack_all(16, 1, 1) + struct.pack("<i", 7)
WHO = Cmsghdr.pack_all(24, 1, 2) + struct.pack("<3i", 5, 1000, -1)
AT = 0x1000
"""Where the memory of a call begins that is shown."""


def call(memory: bytes, *values: int, result: int | None = None) -> Call:
    made = Call(values, lambda address, size: memory[address - AT : address - AT + size] if address >= AT else b"", 32)
    made.result = result
    return made


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (LOOPBACK, '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}'),
        (b"\1\0/tmp/door\0rest", '{sa_family=AF_UNIX, sun_path="/tmp/door"}'),
        (b"\1\0\0hidden\0x", '{sa_family=AF_UNIX, sun_path=@"hidden\\0x"}'),
        (b"\1\0", "{sa_family=AF_UNIX}"),
        (b"\0\0ab", '{sa_family=AF_UNSPEC, sa_data="ab"}'),
        (b"\x63\0", '{sa_family=0x63 /* AF_??? */, sa_data=""}'),
        (b"\2\0\1", '{sa_family=AF_INET, sa_data="\\1"}'),
        (b"\2", '"\\2"'),
    ],
)
def test_addresses(data: bytes, shown: str) -> None:
    assert sockets.given_address(call(data, 3, AT, len(data)), AT, 1) == shown
    told = call(data + bytes(100) + struct.pack("<I", len(data)), 3, AT, AT + len(data) + 100, result=0)
    assert sockets.told_address(told, AT, 1) == shown
    assert sockets.told_length(told, AT + len(data) + 100, 2) == f"[{len(data)}]"
    told.result = -11
    assert sockets.told_address(told, AT, 1) == "0x1000"


def test_options() -> None:
    assert sockets.option(call(b"", 3, 1, 13), 13, 2) == "SO_LINGER"
    assert sockets.option(call(b"", 3, 6, 1), 1, 2) == "TCP_NODELAY"
    linger = Linger.pack_all(1, 5)
    assert sockets.given_value(call(linger, 3, 1, 13, AT, 8), AT, 3) == "{l_onoff=1, l_linger=5}"
    assert sockets.given_value(call(linger, 3, 1, 2, AT, 4), AT, 3) == "[1]"
    assert sockets.given_value(call(linger, 3, 1, 2, AT, 5), AT, 3) == '"\\1\\0\\0\\0\\5"'
    assert sockets.given_value(call(linger, 3, 1, 2, 0, 4), 0, 3) == "NULL"


def test_messages() -> None:
    header = Msghdr.pack_all(AT + 28, 16, AT + 44, 1, AT + 56, 40, 0)
    text = AT + 96
    memory = header + LOOPBACK + struct.pack("<II4x", text, 5) + RIGHTS + WHO + b"hello"
    name = '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}'
    control = (
        "[{cmsg_len=16, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}, "
        "{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=5, uid=1000, gid=4294967295}}]"
    )
    shown = (
        f'{{msg_name={name}, msg_namelen=16, msg_iov=[{{iov_base="hello", iov_len=5}}], msg_iovlen=1, '
        f"msg_control={control}, msg_controllen=40, msg_flags=0}}"
    )
    assert sockets.message(call(memory, 3, AT, 0), AT, 1) == shown
    received = sockets.message_told(call(memory, 3, AT, 0, result=2), AT, 1)
    assert received == shown.replace('"hello"', '"he"')
    assert sockets.message_told(call(memory, 3, AT, 0, result=-11), AT, 1) == "0x1000"
    several = Mmsghdr.pack_all(Msghdr.pack_all(0, 0, 0, 0, 0, 0, 0x20), 9)
    empty = "{msg_name=NULL, msg_namelen=0, msg_iov=[], msg_iovlen=0, msg_controllen=0, msg_flags=MSG_TRUNC}"
    assert sockets.messages(call(several, 3, AT, 1), AT, 1) is LATER
    assert sockets.messages(call(several, 3, AT, 1, result=1), AT, 1) == f"[{{msg_hdr={empty}, msg_len=9}}]"
