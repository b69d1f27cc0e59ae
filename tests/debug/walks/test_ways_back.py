"""Ways back over births, programs and ends, on which gdb 13 has died, and the rules that keep it alive.

Backwards no fork and no vfork is told. Who comes undone is told as ended. A vfork that gdb waits for is over before
anything else. History has a beginning and an end, and who has ended lives again before that.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from tests.debug.walks.gdb import is_missing
from tests.debug.walks.programs import story
from tests.debug.walks.travelling import SETTINGS, walking
from tests.debug.walks.walking import Setup
from tests.sampling import one_in

pytestmark = pytest.mark.skipif(is_missing(), reason="needs gdb-multiarch")
BEGUN = "No more reverse-execution history."


@pytest.mark.parametrize(("name", "settings"), one_in(5, product(["fork", "trunk"], SETTINGS)))
def test_births_are_gone_back_over(name: str, settings: tuple[bool, bool, str], tmp_path: Path) -> None:
    """gdb has died of follow_fork_inferior: Assertion `!child_inf->thread_list.empty ()'."""
    with walking(Setup(name, *settings), tmp_path) as walk:
        for _ in range(2):
            commands = ["catch fork", "catch vfork", "continue", "delete", "stepi", "stepi", "reverse-stepi"]
            for command in [*commands, "reverse-continue", "inferior 1", "reverse-continue"]:
                if not walk.is_over:
                    walk.type(command)


def test_who_comes_undone_has_ended_and_is_born_again_as_another(tmp_path: Path) -> None:
    with walking(Setup("fork"), tmp_path) as walk:
        for command in ("catch fork", "continue", "stepi"):
            walk.type(command)
        assert walk.known.running == ["1", "2"]
        assert "[Inferior 2 (process 3) exited normally]" in walk.type("reverse-continue").text
        assert "W00;process:3" in "".join(walk.served.packets)
        walk.type("inferior 1")
        assert BEGUN in walk.type("reverse-continue").text
        assert walk.known.running == ["1"]
        assert walk.type("continue").stops[0]["newpid"] == "3"
        walk.type("stepi")
        assert walk.known.running == ["1", "3"]


@pytest.mark.parametrize("command", one_in(3, ["reverse-stepi", "reverse-step", "reverse-next", "reverse-continue"]))
def test_a_vfork_that_is_waited_for_is_over_first(command: str, tmp_path: Path) -> None:
    """gdb has died of Assertion `parent_inf->thread_waiting_for_vfork_done == nullptr'."""
    with walking(Setup("trunk", multiple=False, detach=True), tmp_path) as walk:
        walk.type("catch vfork")
        walk.type("continue")
        walk.type(command)
        said = [packet[2:] for packet in walk.served.packets]
        assert said[said.index("D;3") + 1 :][:1] != [], said
        behind = [packet for packet in said[said.index("D;3") :] if packet in ("bc", "bs") or packet.startswith("$T")]
        assert behind[0] == "bc"
        assert behind[1].startswith("$T05vforkdone:;thread:p2.2;")
        assert behind[2] in ("bc", "bs")
        assert walk.type("continue").stops[0]["reason"] == "vfork"
        walk.type("stepi")
        walk.type("reverse-continue")


def test_a_history_has_a_beginning_and_an_end(tmp_path: Path) -> None:
    with walking(Setup("fork", detach=True), tmp_path) as walk:
        assert BEGUN in walk.type("reverse-continue").text
        assert BEGUN in walk.type("reverse-stepi").text
        assert walk.type("stepi").stops[0]["frame"]["addr"] == "0x00010004"
        assert BEGUN in walk.type("continue").text
        assert "T05replaylog:end;thread:p2.2;" in "".join(walk.served.packets)
        assert BEGUN in walk.type("reverse-continue").text
        assert BEGUN in walk.type("continue").text
        assert "exited normally" in walk.type("continue").text
        assert walk.is_over


def test_who_has_ended_lives_again_before_that(tmp_path: Path) -> None:
    last = [row for row in story("fork").rows if row.pid == 3][-1]
    with walking(Setup("fork"), tmp_path) as walk:
        assert "[Inferior 2 (process 3) exited" in walk.type("continue").text
        assert walk.known.running == ["1"]
        for command in ("inferior 1", "stepi", f"break *{last.pc:#x}"):
            walk.type(command)
        stop = walk.type("reverse-continue").stops[0]
        assert int(stop["frame"]["addr"], 16) == last.pc
        assert len(walk.known.running) == 2


@pytest.mark.parametrize("settings", one_in(5, [(each,) for each in SETTINGS]))
def test_who_was_let_go_is_not_told_of_again(settings: tuple[bool, bool, str], tmp_path: Path) -> None:
    """gdb has died of set_current_inferior: Assertion `inf != NULL'."""
    with walking(Setup("pipeline", *settings), tmp_path) as walk:
        for command in ("tbreak *0x10074", "continue", "reverse-stepi 50", "reverse-continue"):
            walk.type(command)


def test_the_program_before_an_exec_has_its_symbols_again(tmp_path: Path) -> None:
    with walking(Setup("trunk"), tmp_path) as walk:
        for command in ("catch exec", "continue", "delete", "stepi"):
            walk.type(command)
        walk.type("reverse-stepi")
        answer = walk.type("reverse-stepi")
        assert walk.type("bt").console.startswith("#0  reader () at trunk.s:"), answer.text
