"""What a trace shows of requests about interfaces: strace's lines of the same program, but for a list's room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vm import Machine, toolchain
from vm.observe.strace import Tracer

SOURCE = """
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    unsigned long requests[] = {SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFNETMASK, SIOCGIFMETRIC, SIOCGIFMTU, SIOCGIFHWADDR,
                                SIOCGIFINDEX, SIOCGIFTXQLEN, SIOCGIFMAP, SIOCSIFMTU, 0x8999};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r, many[3];
    for (int i = 0; i < sizeof requests / sizeof *requests; i++) {
        memset(&r, 0, sizeof r);
        strcpy(r.ifr_name, "lo");
        ioctl(s, requests[i], &r);
        strcpy(r.ifr_name, "none0");
        ioctl(s, requests[i], &r);
        ioctl(s, requests[i], 0);
    }
    for (int i = 1; i < 10; i += 8) {
        memset(&r, 0, sizeof r);
        r.ifr_ifindex = i;
        ioctl(s, SIOCGIFNAME, &r);
    }
    struct ifconf all = {sizeof many, {(void *)many}};
    ioctl(s, SIOCGIFCONF, &all);
    ioctl(s, SIOCGIFCONF, 0);
    int mark = 7;
    dup2(socket(AF_INET, SOCK_STREAM, 0), s);
    ioctl(s, SIOCATMARK, &mark);
    ioctl(s, SIOCATMARK, 0);
}
"""
LOOPBACK = '{sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}'
ANSWERS = {
    "SIOCGIFFLAGS": "ifr_flags=IFF_UP|IFF_LOOPBACK|IFF_RUNNING",
    "SIOCGIFADDR": f"ifr_addr={LOOPBACK}",
    "SIOCGIFNETMASK": f"ifr_netmask={LOOPBACK.replace('127.0.0.1', '255.0.0.0')}",
    "SIOCGIFMETRIC": "ifr_metric=0",
    "SIOCGIFMTU": "ifr_mtu=65536",
    "SIOCGIFHWADDR": "ifr_hwaddr={sa_family=ARPHRD_LOOPBACK, sa_data=00:00:00:00:00:00}",
    "SIOCGIFINDEX": "ifr_ifindex=1",
    "SIOCGIFTXQLEN": "ifr_qlen=1000",
    "SIOCGIFMAP": "ifr_map={mem_start=0, mem_end=0, base_addr=0, irq=0, dma=0, port=0}",
}
SHOWN = [
    line
    for name, answer in ANSWERS.items()
    for line in (
        f'{name}, {{ifr_name="lo", {answer}}}) = 0',
        f'{name}, {{ifr_name="none0"}}) = -1 ENODEV (No such device)',
        f"{name}, NULL) = -1 EFAULT (Bad address)",
    )
] + [
    'SIOCSIFMTU, {ifr_name="lo", ifr_mtu=0}) = -1 EPERM (Operation not permitted)',
    'SIOCSIFMTU, {ifr_name="none0", ifr_mtu=0}) = -1 EPERM (Operation not permitted)',
    "SIOCSIFMTU, NULL) = -1 EFAULT (Bad address)",
    "_IOC(_IOC_NONE, 0x89, 0x99, 0), ADDRESS) = -1 ENOTTY (Inappropriate ioctl for device)",
    "_IOC(_IOC_NONE, 0x89, 0x99, 0), ADDRESS) = -1 ENOTTY (Inappropriate ioctl for device)",
    "_IOC(_IOC_NONE, 0x89, 0x99, 0), 0) = -1 EFAULT (Bad address)",
    'SIOCGIFNAME, {ifr_ifindex=1, ifr_name="lo"}) = 0',
    "SIOCGIFNAME, {ifr_ifindex=9}) = -1 ENODEV (No such device)",
    f'SIOCGIFCONF, {{ifc_len=32, ifc_buf=[{{ifr_name="lo", ifr_addr={LOOPBACK}}}]}}) = 0',
    "SIOCGIFCONF, NULL) = -1 EFAULT (Bad address)",
    "SIOCATMARK, [0]) = 0",
    "SIOCATMARK, NULL) = -1 EFAULT (Bad address)",
]


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_requests_about_interfaces_are_shown_as_strace_does(tmp_path: Path) -> None:
    source = tmp_path / "asks.c"
    source.write_text(SOURCE)
    lines: list[str] = []
    run = Machine().boot(source).start()
    Tracer(run.kernel, lines.append)
    assert not run.finish().message
    asked = [line.partition("ioctl(3, ")[2].strip() for line in lines if "ioctl(3, " in line]
    assert [re.sub(r"0x[0-9a-f]{5,}", "ADDRESS", line) for line in asked] == SHOWN
