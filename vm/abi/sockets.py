"""Sockets: families, types, flags, options and structures (linux/socket.h, asm-generic/socket.h, linux/un.h, in.h)."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from vm.abi.layout import Structure, s32, s64, u16, u32
from vm.enums import quick

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 0, 1, 2, 10, 16
"""Families of addresses."""
FAMILIES, PROTOCOLS = 46, 263
"""The first numbers that are no family's (AF_MAX) and no protocol's (IPPROTO_MAX)."""

SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET = 1, 2, 3, 4, 5
SOCK_TYPES, SOCK_TYPE_LIMIT = 0xF, 11
"""Types of sockets: the bits of an argument that hold one, and the first number that is none."""
SOCK_NONBLOCK, SOCK_CLOEXEC = 0o4000, 0o2000000
"""Flags beside the type."""

IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP = 0, 6, 17
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2

SOMAXCONN = 4096
"""Most connections that wait for an accept (proc(5), /proc/sys/net/core/somaxconn)."""
PATH_SIZE = 108
"""Bytes of a name in struct sockaddr_un."""
RIGHTS_LIMIT = 253
"""Descriptors of one message (SCM_MAX_FD)."""
DATAGRAMS_LIMIT = 10
"""Datagrams that wait at an AF_UNIX socket before senders do (proc(5), /proc/sys/net/unix/max_dgram_qlen)."""
DATAGRAM_LARGEST = 65507
"""Bytes of the largest UDP datagram: 65535 without the headers of IP and UDP."""
EPHEMERAL_PORTS = (32768, 60999)
"""The first and the last port that is given to whom binds none (ip(7), ip_local_port_range)."""
PRIVILEGED_PORTS = 1024
"""The first port that everybody may bind."""
TIME_WAIT = 60
"""Seconds for which the end of a connection that closed first keeps its port (tcp(7))."""
SOCKFS_MAGIC = 0x534F_434B


@quick
class Message(IntEnum):
    """Flags of send(2) and recv(2), as plain numbers."""

    MSG_OOB = 0x1
    MSG_PEEK = 0x2
    MSG_DONTROUTE = 0x4
    MSG_CTRUNC = 0x8
    MSG_TRUNC = 0x20
    MSG_DONTWAIT = 0x40
    MSG_EOR = 0x80
    MSG_WAITALL = 0x100
    MSG_CONFIRM = 0x800
    MSG_ERRQUEUE = 0x2000
    MSG_NOSIGNAL = 0x4000
    MSG_MORE = 0x8000
    MSG_WAITFORONE = 0x1_0000
    MSG_CMSG_CLOEXEC = 0x4000_0000


SOL_SOCKET = 1
SCM_RIGHTS, SCM_CREDENTIALS = 1, 2


@quick
class SocketOption(IntEnum):
    """Options of the level SOL_SOCKET, as plain numbers (asm-generic/socket.h)."""

    SO_DEBUG = 1
    SO_REUSEADDR = 2
    SO_TYPE = 3
    SO_ERROR = 4
    SO_DONTROUTE = 5
    SO_BROADCAST = 6
    SO_SNDBUF = 7
    SO_RCVBUF = 8
    SO_KEEPALIVE = 9
    SO_OOBINLINE = 10
    SO_PRIORITY = 12
    SO_LINGER = 13
    SO_REUSEPORT = 15
    SO_PASSCRED = 16
    SO_PEERCRED = 17
    SO_RCVLOWAT = 18
    SO_SNDLOWAT = 19
    SO_RCVTIMEO_OLD = 20
    SO_SNDTIMEO_OLD = 21
    SO_PEERNAME = 28
    SO_ACCEPTCONN = 30
    SO_SNDBUFFORCE = 32
    SO_RCVBUFFORCE = 33
    SO_PROTOCOL = 38
    SO_DOMAIN = 39
    SO_RCVTIMEO_NEW = 66
    SO_SNDTIMEO_NEW = 67


@quick
class TcpOption(IntEnum):
    """Options of the level IPPROTO_TCP that have a value and no effect in a machine without a wire (linux/tcp.h)."""

    TCP_NODELAY = 1
    TCP_MAXSEG = 2
    TCP_CORK = 3
    TCP_KEEPIDLE = 4
    TCP_KEEPINTVL = 5
    TCP_KEEPCNT = 6
    TCP_SYNCNT = 7
    TCP_QUICKACK = 12
    TCP_USER_TIMEOUT = 18


IP_TOS, IP_TTL = 1, 2

POLLWRBAND, POLLRDHUP = 0x200, 0x2000
"""Events of poll(2) that sockets have beside the others."""


class SockaddrUn(Structure):
    """``struct sockaddr_un`` (linux/un.h)."""

    sun_family: u16
    sun_path: Annotated[bytes, "108s"]


class SockaddrIn(Structure, size=16):
    """``struct sockaddr_in`` (linux/in.h); port and address with the high byte first."""

    sin_family: u16
    sin_port: Annotated[bytes, "2s"]
    sin_addr: Annotated[bytes, "4s"]


class Msghdr(Structure):
    """``struct user_msghdr`` (linux/socket.h)."""

    msg_name: u32
    msg_namelen: s32
    msg_iov: u32
    msg_iovlen: u32
    msg_control: u32
    msg_controllen: u32
    msg_flags: u32


class Mmsghdr(Structure):
    """``struct mmsghdr`` (linux/socket.h)."""

    msg_hdr: Annotated[bytes, "28s"]
    msg_len: u32


class Cmsghdr(Structure):
    """``struct cmsghdr`` (linux/socket.h), before its data."""

    cmsg_len: u32
    cmsg_level: s32
    cmsg_type: s32


class Ucred(Structure):
    """``struct ucred`` (linux/socket.h)."""

    pid: s32
    uid: u32
    gid: u32


class Linger(Structure):
    """``struct linger`` (linux/socket.h)."""

    l_onoff: s32
    l_linger: s32


class SockTimeval(Structure):
    """``struct __kernel_sock_timeval`` (linux/time_types.h)."""

    tv_sec: s64
    tv_usec: s64
