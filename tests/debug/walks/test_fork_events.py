"""What the real gdb and the server say to each other at a fork, a vfork and an exec, by gdb's settings.

gdb's side was found by trying. That it stays so, and that the server's fits, is held here: a vforkdone where gdb waits
for one and nowhere else, and breakpoints that are gdb's to take out.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.debug.walks.gdb import is_missing
from tests.debug.walks.travelling import walking
from tests.debug.walks.walking import Setup

pytestmark = pytest.mark.skipif(is_missing(), reason="needs gdb-multiarch")
EXEC = f"exec:{b'/leaf.s'.hex()};thread:p3.3"
COLLECT = "10048"
"""Where trunk.s has its first child's end in hand."""
TOLD = re.compile(r"T05(fork|vfork|vforkdone|exec|swbreak)|vCont;|D;|z0|Z0|b[sc]$|W|X")
LIBRARY = "T05library:"
"""A stop that gdb goes on from by itself: the machine's own page has come."""


def talked(setup: Setup, commands: list[str], folder: Path) -> list[str]:
    """What was said of processes, breakpoints and going on from the first of the commands to the last."""
    with walking(setup, folder) as walk:
        start = len(walk.served.packets)
        for command in commands:
            walk.type(command)
        packets = [packet[2:].lstrip("$") for packet in walk.served.packets[start:]]
    said = []
    for packet in packets:
        if packet.startswith(LIBRARY):
            said.append(LIBRARY)
        elif TOLD.match(packet):
            said.append(re.sub(r";20:.*|#..$", "", packet))
    return _without_libraries(said)


def _without_libraries(said: list[str]) -> list[str]:
    """Without the stops for the machine's own page, and the going on behind each."""
    kept: list[str] = []
    for place, packet in enumerate(said):
        if packet != LIBRARY and not (place and said[place - 1] == LIBRARY):
            kept.append(packet)
    return kept


FORKS = {
    (False, True, "parent"): ["z0,10100,4", "D;3", "vCont;c:p2.-1"],
    (False, True, "child"): ["z0,10100,4", "z0,10100,4", "D;2", "Z0,10100,4", "vCont;c:p3.-1"],
    (False, False, "parent"): ["z0,10100,4", "Z0,10100,4", "vCont;c:p2.-1"],
    (True, False, "parent"): ["z0,10100,4", "Z0,10100,4", "vCont;c"],
}
VFORKS = {
    (False, True, "parent"): [
        "z0,10048,4", "D;3", "vCont;c:p2.2", "T05vforkdone:;thread:p2.2", "Z0,10048,4", "vCont;c:p2.-1",
    ],
    (False, True, "child"): [
        "vCont;c:p3.-1", f"T05{EXEC}", "z0,10048,4", "D;2", "Z0,10048,4", "vCont;c:p3.-1", "T05swbreak:;thread:p3.3",
    ],
    (True, False, "parent"): [
        "vCont;c", f"T05{EXEC}",
    ],
}  # fmt: skip


@pytest.mark.parametrize("settings", FORKS)
def test_a_fork(settings: tuple[bool, bool, str], tmp_path: Path) -> None:
    said = talked(Setup("signals", *settings), ["tbreak handler", "continue"], tmp_path)
    told = said.index("T05fork:p3.3;thread:p2.2")
    wanted = FORKS[settings]
    assert said[told + 1 : told + 1 + len(wanted)] == wanted, said
    assert not any("vforkdone" in packet for packet in said)


@pytest.mark.parametrize("settings", VFORKS)
def test_a_vfork(settings: tuple[bool, bool, str], tmp_path: Path) -> None:
    said = talked(Setup("trunk", *settings), [f"break *0x{COLLECT}", "continue"], tmp_path)
    told = said.index("T05vfork:p3.3;thread:p2.2")
    wanted = VFORKS[settings]
    assert said[told + 1 : told + 1 + len(wanted)] == wanted, said


def test_a_vfork_with_both_settings_wrong(tmp_path: Path) -> None:
    """gdb refuses to go on with the parent alone, and stays where it is: forklore starts it with both right."""
    with walking(Setup("trunk", multiple=False, detach=False), tmp_path) as walk:
        answer = walk.type("continue")
        assert "Can not resume the parent process over vfork" in answer.text
        assert walk.known.running == ["1"]
        walk.type("set schedule-multiple on")
        walk.type("tbreak leaf_copy")
        walk.type("reverse-continue")


def test_a_vfork_child_meets_the_breakpoints_of_its_parent(tmp_path: Path) -> None:
    """gdb sets them once for both, since they share memory."""
    with walking(Setup("trunk"), tmp_path) as walk:
        walk.type("break reader")
        assert walk.type("continue").stops[0]["frame"]["func"] == "reader"
        assert walk.type("print $_inferior").console == "$1 = 2\n"


def test_an_exec_gives_the_symbols_of_the_program(tmp_path: Path) -> None:
    with walking(Setup("trunk"), tmp_path) as walk:
        walk.type("catch exec")
        stop = walk.type("continue").stops[0]
        assert (stop["reason"], stop["new-exec"], stop["frame"]["file"]) == ("exec", "/leaf.s", "leaf.s")
        walk.type("break leaf_write")
        assert walk.type("continue").stops[0]["frame"]["func"] == "leaf_write"
