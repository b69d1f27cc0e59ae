"""Walks that have found something, in the fewest commands that did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.debug.walks.gdb import is_missing
from tests.debug.walks.travelling import walking
from tests.debug.walks.walking import Setup, play
from tests.sampling import one_in

pytestmark = pytest.mark.skipif(is_missing(), reason="needs gdb-multiarch")
WALKS = {
    "who was let go came undone": ("pipeline 0 1 parent", "tbreak *0x10074; continue; reverse-stepi 50"),
    "two came undone": ("wait 0 0 parent", "stepi 50; reverse-continue"),
    "one of two that came undone was selected": (
        "pipeline 0 0 parent", "continue; inferior 3; reverse-continue; inferior 3; reverse-stepi",
    ),
    "births were stepped back over": (
        "pipeline 0 0 parent",
        "continue; tbreak *0x100d0; reverse-continue; reverse-next 5; reverse-next 5; reverse-step 5; continue",
    ),
    "an exec was stepped back over": ("trunk 1 0 parent", "catch exec; continue; reverse-stepi 20"),
    "an exec was run back over beside a birth": (
        "trunk 1 0 parent", "catch vfork; continue; delete; stepi; stepi; reverse-stepi; reverse-continue",
    ),
    "the beginning was told in who was let go": ("orphan 1 1 child", "continue; reverse-continue"),
    "a store was told in who was let go": (
        "vfork_global 0 1 parent",
        "break parent; continue; watch *(int*)&balance; reverse-continue; reverse-stepi; reverse-continue",
    ),
    "another thread went back than was looked at": (
        "trunk 1 0 parent",
        "break reader; tbreak *0x10000 if $_inferior==2; catch exec; continue; delete 3; stepi; reverse-stepi",
    ),
    "who is held ran in the past": (
        "fork 0 0 parent", "continue; stepi; inferior 2; step; reverse-continue; continue",
    ),
    "who was killed in a vfork had ended and was not told of": ("vfork_killed 1 1 child", "continue; stepi"),
    "a vfork child that gdb had not taken came undone": (
        "vfork_killed 0 0 parent", "stepi 50; stepi; reverse-stepi; reverse-stepi",
    ),
    "what the kernel wrote was passed over on the way back": (
        "trunk 1 0 parent", "tbreak *0x10014; continue; watch -l *(int*)0x12000; reverse-continue",
    ),
    "a stop was told in who was not to go back": (
        "fork 0 0 parent", "continue; continue; inferior 2; reverse-continue",
    ),
    "a child that gdb had only selected came undone": (
        "pipeline 1 0 parent", "catch fork; tbreak close_pipe; continue; stepi; stepi 3; reverse-continue",
    ),
    "who lived again had another's program": (
        "trunk 1 0 parent", "tbreak *0x10098; continue; continue; inferior 1; reverse-finish",
    ),
    "who lived again had the program of who was chosen": (
        "trunk 1 0 parent", "continue; inferior 4; reverse-stepi",
    ),
    "who was born again had come undone unlisted": (
        "pipe_words 0 0 parent", "continue; kill inferiors 3; reverse-nexti 50; continue",
    ),
    "a child waits for ever for its parent, which is held": (
        "orphan 0 0 child", "continue",
    ),
    "calls were shown that another process's stop was before": (
        "pipe_words 1 0 child", "catch fork; continue; next 20; continue",
    ),
    "a step went on where a child that was let go had ended": (
        "wait 1 1 parent", "nexti 50",
    ),
    "a child that gdb had passed over was killed with its parent": (
        "vfork_killed 1 1 child", "catch vfork; next 50; kill inferiors 1",
    ),
    "an exec was caught in who lived again, before another came undone": (
        "trunk 1 0 parent", "continue; catch exec; inferior 3; reverse-stepi 20",
    ),
    "a birth was looked for before all were held": (
        "trunk 0 0 child", "tbreak taker; continue; stepi 20; inferior 1; continue; reverse-continue",
    ),
    "the end of history was told behind a breakpoint that was stepped over": (
        "exec_resets 0 0 parent", "tbreak _start; signal SIGUSR1; continue; continue",
    ),
    "another had something to tell while a call was stepped over": (
        "fork 1 0 parent", "break 34; break 42; continue; continue; continue",
    ),
    "the beginning of a child was later than where it was followed": (
        "signals 0 1 child", "catch fork; continue; reverse-stepi; continue",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", one_in(3, WALKS))
def test_it_does_not_differ_any_more(name: str, tmp_path: Path) -> None:
    setup, commands = WALKS[name]
    program, multiple, detach, follow = setup.split()
    with walking(Setup(program, multiple == "1", detach == "1", follow), tmp_path) as walk:
        play(walk, commands.split("; "))
