"""What ioctl's requests to sockets take and tell: interfaces of the network (netdevice(7))."""

from __future__ import annotations

from collections.abc import Callable

from vm.abi.interfaces import ARPHRD_LOOPBACK, Ifconf, Ifmap, Ifreq, InterfaceChange, InterfaceRequest
from vm.abi.sockets import SockaddrIn
from vm.flags import INTERFACE, named
from vm.observe.strace.call import LATER, Call
from vm.observe.strace.sockets import socket_address
from vm.observe.strace.structures import integer
from vm.observe.strace.text import address, choice, flags, listed, quote, structure

NAMES = named(InterfaceRequest) | named(InterfaceChange)
"""The requests, by number."""
_HARDWARE = {ARPHRD_LOOPBACK: "ARPHRD_LOOPBACK"}


def _flags(data: bytes) -> str:
    return flags(int.from_bytes(data[:2], "little"), INTERFACE, "IFF")


def _address(data: bytes) -> str:
    return socket_address(data[: SockaddrIn.SIZE])


def _hardware(data: bytes) -> str:
    kind = choice(int.from_bytes(data[:2], "little"), _HARDWARE, "ARPHRD")
    return structure(sa_family=kind, sa_data=data[2:8].hex(":"))


def _place(value: int) -> str:
    return f"{value:#x}" if value else "0"


def _map(data: bytes) -> str:
    read = Ifmap.unpack(data)
    base, (irq, dma, port) = int.from_bytes(read.rest[:2], "little"), read.rest[2:]
    return structure(
        mem_start=_place(read.mem_start), mem_end=_place(read.mem_end), base_addr=_place(base), irq=irq, dma=dma,
        port=port,
    )  # fmt: skip


_FIELDS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "FLAGS": ("ifr_flags", _flags), "ADDR": ("ifr_addr", _address), "DSTADDR": ("ifr_dstaddr", _address),
    "BRDADDR": ("ifr_broadaddr", _address), "NETMASK": ("ifr_netmask", _address),
    "METRIC": ("ifr_metric", lambda data: str(integer(data))), "MTU": ("ifr_mtu", lambda data: str(integer(data))),
    "HWADDR": ("ifr_hwaddr", _hardware), "INDEX": ("ifr_ifindex", lambda data: str(integer(data))),
    "TXQLEN": ("ifr_qlen", lambda data: str(integer(data))), "MAP": ("ifr_map", _map),
}  # fmt: skip
"""The field of the union that a request has, by the end of its name, and its text."""


def _name(data: bytes) -> str:
    name = data.partition(b"\0")[0]
    return quote(name, len(name))


def _list(call: Call, value: int) -> str:
    data = None if call.has_failed or not value else call.all(value, Ifconf.SIZE)
    if data is None:
        return address(value)
    told = Ifconf.unpack(data)
    shown = address(told.ifc_buf)
    found = call.all(told.ifc_buf, told.ifc_len) if told.ifc_buf else None
    if found is not None:
        members = [Ifreq.unpack(found, at) for at in range(0, len(found), Ifreq.SIZE)]
        shown = listed(
            structure(ifr_name=_name(one.ifr_name), ifr_addr=_address(one.ifr_ifru)) for one in members[: call.limit]
        )
    return structure(ifc_len=told.ifc_len, ifc_buf=shown)


def interface(call: Call, value: int, request: int) -> str:
    """The argument of one of the requests in NAMES: what was asked, and once it has been told what was."""
    name = NAMES[request]
    tells = request in set(map(int, InterfaceRequest))
    if tells and call.result is None:
        return LATER
    if request == InterfaceRequest.SIOCGIFCONF:
        return _list(call, value)
    field = _FIELDS.get(name.removeprefix("SIOCGIF").removeprefix("SIOCSIF"))
    is_name = request == InterfaceRequest.SIOCGIFNAME
    data = call.all(value, Ifreq.SIZE) if value and (field or is_name) else None
    if data is None:
        return address(value)
    read = Ifreq.unpack(data)
    has_answer = not tells or not call.has_failed
    if is_name:
        index = {"ifr_ifindex": integer(read.ifr_ifru)}
        return structure(**index, **({"ifr_name": _name(read.ifr_name)} if has_answer else {}))
    assert field is not None
    return structure(ifr_name=_name(read.ifr_name), **({field[0]: field[1](read.ifr_ifru)} if has_answer else {}))
