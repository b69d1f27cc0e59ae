"""Where a debugger's server listens, as people write it."""

from __future__ import annotations

import pytest

from vm.debug.address import LOOPBACK, Address, address_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3333", Address(LOOPBACK, 3333)),
        (":3333", Address(LOOPBACK, 3333)),
        ("0", Address(LOOPBACK, 0)),
        ("localhost:65535", Address("localhost", 65_535)),
        ("0.0.0.0:1", Address("0.0.0.0", 1)),
        ("[::1]:3333", Address("::1", 3333)),
        ("./gdb", Address(path="./gdb")),
        ("/tmp/a b:1", Address(path="/tmp/a b:1")),
    ],
)
def test_an_address_is_a_port_a_host_or_a_path(text: str, expected: Address) -> None:
    assert address_of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "gdb", "host:", "-1", "+1", "1.5", "٣", "65536", "1" * 99, "::1:3333", "h:port", "a:65536", "/" * 108],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not PORT|names no port|is too long") as raised:
        address_of(text)
    assert len(str(raised.value)) < 160


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3333", "gdb-multiarch -ex 'target remote :3333'"),
        ("0.0.0.0:3333", "gdb-multiarch -ex 'target remote :3333'"),
        ("host:3333", "gdb-multiarch -ex 'target remote host:3333'"),
        ("[::1]:3333", "gdb-multiarch -ex 'target remote [::1]:3333'"),
        ("/tmp/it's", "gdb-multiarch -ex 'target remote /tmp/it'\"'\"'s'"),
    ],
)
def test_a_person_can_copy_the_command(text: str, expected: str) -> None:
    assert address_of(text).command == expected
