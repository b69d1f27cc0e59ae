"""Options of sockets: what setsockopt(2) changes and getsockopt(2) tells (socket(7), tcp(7), ip(7), unix(7))."""

from __future__ import annotations

from vm.abi import NANOSECONDS, Errno
from vm.abi.layout import Structure
from vm.abi.sockets import (
    AF_INET,
    AF_UNIX,
    IP_TOS,
    IP_TTL,
    IPPROTO_IP,
    IPPROTO_TCP,
    SOCK_STREAM,
    SOL_SOCKET,
    Linger,
    SocketOption,
    SockTimeval,
    TcpOption,
    Ucred,
)
from vm.abi.structures import Timeval
from vm.kernel.errors import SystemCallError
from vm.kernel.net.packets import BUFFER
from vm.kernel.net.sockets import LINGER_NOT, Socket, State
from vm.kernel.net.unix import UnixSocket

LEAST_SEND_BUFFER, LEAST_RECEIVE_BUFFER = 4608, 2304
"""Bytes of the smallest buffers (SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF)."""
MICROSECOND = 1000
"""Nanoseconds."""
_WORD = 4
_SWITCHES: frozenset[int] = frozenset(
    (
        SocketOption.SO_DEBUG, SocketOption.SO_REUSEADDR, SocketOption.SO_DONTROUTE, SocketOption.SO_BROADCAST,
        SocketOption.SO_KEEPALIVE, SocketOption.SO_OOBINLINE, SocketOption.SO_REUSEPORT,
    )
)  # fmt: skip
"""Options that are on or off."""
_TIMES: dict[int, tuple[type[Structure], str]] = {
    SocketOption.SO_RCVTIMEO_OLD: (Timeval, "receive_patience"),
    SocketOption.SO_SNDTIMEO_OLD: (Timeval, "send_patience"),
    SocketOption.SO_RCVTIMEO_NEW: (SockTimeval, "receive_patience"),
    SocketOption.SO_SNDTIMEO_NEW: (SockTimeval, "send_patience"),
}
_TCP: dict[int, int] = {
    TcpOption.TCP_NODELAY: 0, TcpOption.TCP_CORK: 0, TcpOption.TCP_KEEPIDLE: 7200, TcpOption.TCP_KEEPINTVL: 75,
    TcpOption.TCP_KEEPCNT: 9, TcpOption.TCP_SYNCNT: 6, TcpOption.TCP_QUICKACK: 1, TcpOption.TCP_USER_TIMEOUT: 0,
}  # fmt: skip
_TCP_SWITCHES = ((IPPROTO_TCP, TcpOption.TCP_NODELAY), (IPPROTO_TCP, TcpOption.TCP_CORK))
_IP: dict[int, int] = {IP_TOS: 0, IP_TTL: 64}
"""Options that have a value and no effect where there is no wire, with the value that they begin with."""


def number(data: bytes) -> int:
    """Return an option's value. Raises SystemCallError(EINVAL) for too few bytes."""
    if len(data) < _WORD:
        raise SystemCallError(Errno.EINVAL)
    return int.from_bytes(data[:_WORD], "little", signed=True)


def packed(value: int) -> bytes:
    """Return an option's value as bytes."""
    return value.to_bytes(_WORD, "little", signed=True)


def without_effect(socket: Socket, level: int) -> dict[int, int]:
    """Return the options of a level that only have a value, with their first ones. Raises SystemCallError."""
    if socket.family != AF_INET:
        raise SystemCallError(Errno.ENOTSUP)
    if level == IPPROTO_TCP and socket.kind == SOCK_STREAM:
        return _TCP
    return _IP if level == IPPROTO_IP else {}


def set_option(socket: Socket, level: int, option: int, data: bytes, *, is_privileged: bool) -> None:
    """setsockopt(2). Raises SystemCallError."""
    if level != SOL_SOCKET:
        if option not in without_effect(socket, level):
            raise SystemCallError(Errno.ENOPROTOOPT)
        value = number(data)
        socket.options[level, option] = int(bool(value)) if (level, option) in _TCP_SWITCHES else value
    elif option in _TIMES:
        layout, name = _TIMES[option]
        setattr(socket, name, patience(layout, data))
    elif option == SocketOption.SO_LINGER:
        if len(data) < Linger.SIZE:
            raise SystemCallError(Errno.EINVAL)
        is_on, seconds = Linger.unpack(data)
        socket.options[level, option] = LINGER_NOT + max(0, min(seconds, 0x7FFF)) if is_on else 0
    else:
        _set_number(socket, option, number(data), is_privileged=is_privileged)


def _set_number(socket: Socket, option: int, value: int, *, is_privileged: bool) -> None:
    """Change an option of SOL_SOCKET that is a number. Raises SystemCallError."""
    match option:
        case (
            SocketOption.SO_SNDBUF | SocketOption.SO_RCVBUF | SocketOption.SO_SNDBUFFORCE | SocketOption.SO_RCVBUFFORCE
        ):
            if option >= SocketOption.SO_SNDBUFFORCE and not is_privileged:
                raise SystemCallError(Errno.EPERM)
            size = 2 * (value if 0 <= value <= BUFFER else BUFFER)
            if option in (SocketOption.SO_SNDBUF, SocketOption.SO_SNDBUFFORCE):
                socket.outgoing.size = max(size, LEAST_SEND_BUFFER)
            else:
                socket.incoming.size = max(size, LEAST_RECEIVE_BUFFER)
        case SocketOption.SO_PASSCRED:
            if socket.family != AF_UNIX:
                raise SystemCallError(Errno.ENOTSUP)
            socket.passes_credentials = bool(value)
        case SocketOption.SO_RCVLOWAT:
            socket.least = value if value > 0 else 1 if value == 0 else 0x7FFF_FFFF
        case SocketOption.SO_PRIORITY:
            if not 0 <= value <= 6 and not is_privileged:
                raise SystemCallError(Errno.EPERM)
            socket.options[SOL_SOCKET, option] = value
        case _:
            if option not in _SWITCHES:
                raise SystemCallError(Errno.ENOPROTOOPT)
            if option == SocketOption.SO_REUSEPORT and value and socket.family != AF_INET:
                raise SystemCallError(Errno.ENOTSUP)
            if option == SocketOption.SO_DEBUG and value and not is_privileged:
                raise SystemCallError(Errno.EACCES)
            socket.options[SOL_SOCKET, option] = int(bool(value))


def patience(layout: type[Structure], data: bytes) -> int:
    """Return the nanoseconds of a timeout; 0 for ever, 1 for a time below 0, which is over at once (sock_get_timeout).

    Raises SystemCallError.
    """
    if len(data) < layout.SIZE:
        raise SystemCallError(Errno.EINVAL)
    seconds, microseconds = layout.unpack(data)
    if not 0 <= microseconds < NANOSECONDS // MICROSECOND:
        raise SystemCallError(Errno.EDOM)
    return 1 if seconds < 0 else min(seconds * NANOSECONDS + microseconds * MICROSECOND, 1 << 61)


def get_option(socket: Socket, level: int, option: int) -> bytes:
    """getsockopt(2): all bytes of the value. Raises SystemCallError."""
    if level != SOL_SOCKET:
        values = without_effect(socket, level)
        if option not in values:
            raise SystemCallError(Errno.ENOPROTOOPT)
        return packed(socket.options.get((level, option), values[option]))
    if option in _TIMES:
        layout, name = _TIMES[option]
        seconds, rest = divmod(getattr(socket, name), NANOSECONDS)
        return layout.pack_all(seconds & 0x7FFF_FFFF, rest // MICROSECOND)
    if option == SocketOption.SO_LINGER:
        kept = socket.options.get((level, option), 0)
        return Linger.pack_all(int(bool(kept)), max(0, kept - LINGER_NOT))
    if option == SocketOption.SO_PEERCRED:
        who = socket.peer_who if isinstance(socket, UnixSocket) else None
        return Ucred.pack_all(who.pid, who.uid, who.gid) if who else Ucred.pack_all(0, 0xFFFF_FFFF, 0xFFFF_FFFF)
    return packed(_number(socket, option))


def _number(socket: Socket, option: int) -> int:
    """Return an option of SOL_SOCKET that is a number. Raises SystemCallError."""
    match option:
        case SocketOption.SO_TYPE:
            return socket.kind
        case SocketOption.SO_DOMAIN:
            return socket.family
        case SocketOption.SO_PROTOCOL:
            return socket.protocol
        case SocketOption.SO_ERROR:
            error, socket.error = socket.error, 0
            return error
        case SocketOption.SO_ACCEPTCONN:
            return int(socket.state is State.LISTENING)
        case SocketOption.SO_SNDBUF:
            return socket.outgoing.size
        case SocketOption.SO_RCVBUF:
            return socket.incoming.size
        case SocketOption.SO_RCVLOWAT:
            return socket.least
        case SocketOption.SO_SNDLOWAT:
            return 1
        case SocketOption.SO_PASSCRED:
            if socket.family != AF_UNIX:
                raise SystemCallError(Errno.ENOTSUP)
            return int(socket.passes_credentials)
        case SocketOption.SO_PRIORITY:
            return socket.options.get((SOL_SOCKET, option), 0)
        case _ if option in _SWITCHES:
            return socket.options.get((SOL_SOCKET, option), 0)
    raise SystemCallError(Errno.ENOPROTOOPT)
