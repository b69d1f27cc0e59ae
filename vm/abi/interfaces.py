"""Interfaces of the network: requests of ioctl(2) and their structures (linux/sockios.h, linux/if.h)."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from vm.abi.layout import Structure, s32, u32
from vm.enums import quick

REQUESTS = 0x89
"""The byte above the lowest in all requests of ioctl(2) that sockets alone know (linux/sockios.h, SOCK_IOC_TYPE)."""
ARPHRD_LOOPBACK = 772
"""What the hardware of a loopback is (linux/if_arp.h)."""
IFF_UP, IFF_LOOPBACK, IFF_RUNNING = 0x1, 0x8, 0x40


@quick
class InterfaceRequest(IntEnum):
    """Requests of ioctl(2) to a socket, as plain numbers: they tell of an interface (netdevice(7))."""

    SIOCGIFNAME = 0x8910
    SIOCGIFCONF = 0x8912
    SIOCGIFFLAGS = 0x8913
    SIOCGIFADDR = 0x8915
    SIOCGIFDSTADDR = 0x8917
    SIOCGIFBRDADDR = 0x8919
    SIOCGIFNETMASK = 0x891B
    SIOCGIFMETRIC = 0x891D
    SIOCGIFMTU = 0x8921
    SIOCGIFHWADDR = 0x8927
    SIOCGIFINDEX = 0x8933
    SIOCGIFTXQLEN = 0x8942
    SIOCGIFMAP = 0x8970


@quick
class InterfaceChange(IntEnum):
    """Requests of ioctl(2) to a socket that change an interface or a route."""

    SIOCADDRT = 0x890B
    SIOCDELRT = 0x890C
    SIOCSIFFLAGS = 0x8914
    SIOCSIFADDR = 0x8916
    SIOCSIFDSTADDR = 0x8918
    SIOCSIFBRDADDR = 0x891A
    SIOCSIFNETMASK = 0x891C
    SIOCSIFMETRIC = 0x891E
    SIOCSIFMTU = 0x8922
    SIOCSIFNAME = 0x8923
    SIOCSIFHWADDR = 0x8924
    SIOCADDMULTI = 0x8931
    SIOCDELMULTI = 0x8932
    SIOCSIFTXQLEN = 0x8943
    SIOCSIFMAP = 0x8971


class Ifreq(Structure):
    """``struct ifreq`` (linux/if.h): the name of an interface, and a union of what is asked."""

    ifr_name: Annotated[bytes, "16s"]
    ifr_ifru: Annotated[bytes, "16s"]


class Ifconf(Structure):
    """``struct ifconf`` (linux/if.h): where a list of interfaces goes, and its bytes."""

    ifc_len: s32
    ifc_buf: u32


class Ifmap(Structure):
    """``struct ifmap`` (linux/if.h), without the bytes behind its last field."""

    mem_start: u32
    mem_end: u32
    rest: Annotated[bytes, "5s"]
