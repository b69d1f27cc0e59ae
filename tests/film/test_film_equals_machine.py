"""What a film shows is what the machine is: at any of its moments, as another machine that stands there is recounted.

A film of each program is opened in the browser and read there, from the functions that its views draw from, and a
second machine is advanced through the same moments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.c import test_teaching as in_c
from tests.docs.reference import PROGRAMS
from tests.film.browsing import Watched
from tests.film.drawn import differences, draw
from tests.film.recount import Recount, advance_to, recount
from tests.film.shown import Judge, chosen, overview, read
from tests.programs.headers import read_header
from tests.sampling import first_of
from vm import Machine
from vm.film import Window, html_of, record
from vm.film.details import Room
from vm.film.recording import USUAL, Limits
from vm.kernel.pausing import Moment
from vm.run import Run
from vm.toolchain import is_installed

Told = dict[str, Any]
WHOLE = Window()
STRATEGIES = ("copy", "cow", "on-demand")
MOST = 3_000_000
"""Instructions of a run."""
SLICE = {"fork_exec.s": "cow", "vfork_stack.s": "copy", "orphan.s": "on-demand", "c/shared_memory.c": "on-demand"}
"""The programs of the default run, each under one strategy."""


def booted(name: str, fork: str, **settings: Any) -> Run:
    """A run of a program that is about to execute its first instruction, with what its header gives it."""
    path = PROGRAMS[name]
    if path.suffix == ".c":
        arguments, given = in_c.arguments(path), in_c.standard_input(path)
    else:
        header = read_header(path.read_text())
        arguments, given = list(header.arguments), header.input
    machine = Machine(fork=fork, **{"instructions": MOST, **settings})
    return machine.boot(path, arguments, input=given, keep=False).start()


def filmed(run: Run, page_of: Watched, title: str, window: Window = WHOLE, limits: Limits = USUAL) -> Page:
    """A page with the film of ``run``, opened."""
    head = {"title": title, "caption": "", "program": title, "arguments": [], "settings": {}}
    return page_of(html_of([record(run.kernel, run.advance, window, limits=limits, head=head)], title=title))


def judge(page: Page, run: Run, count: int) -> list[str]:
    """What the film in ``page`` tells otherwise than ``run`` is, which is advanced through ``count`` of its moments."""
    known = overview(page)
    judge = Judge(run, is_whole=not known["leftOut"] and known["head"]["window"] is None)
    return compared(run, read(page, chosen(known, count)), judge.differences)


def compared(run: Run, told: list[Told], differences: Callable[[Told, Recount], Iterator[str]]) -> list[str]:
    """The differences at each of these moments, to which ``run`` is advanced."""
    said = []
    for each in told:
        where = f"moment {each['moment']}, clock {each['clock']}, steps {each['steps']}"
        if not advance_to(run, Moment(each["clock"], each["steps"])):
            return [*said, f"{where}: no machine comes to stand there, but at {run.kernel.moment}"]
        said += [f"{where}: {difference}" for difference in differences(each, recount(run))]
    return said


def check(name: str, fork: str, page_of: Watched, count: int, **settings: Any) -> None:
    """``count`` moments are as the machine is, and a fifth of them in what is drawn of them, too."""
    page = filmed(booted(name, fork, **settings), page_of, name)
    assert page.title() == name
    said = judge(page, booted(name, fork, **settings), count)
    shown = draw(page, chosen(overview(page), max(count // 5, 3)))
    said += compared(booted(name, fork, **settings), shown, differences)
    assert not said, "\n".join(said[:20])


@pytest.mark.parametrize("name", SLICE)
def test_a_few_moments_of_a_few_programs(name: str, page_of: Watched) -> None:
    check(name, SLICE[name], page_of, 10)


LIES = {
    "state": "(was, ...given) => ({...was(...given), state: 'stopped'})",
    "isThere": "(was, life, moment) => life !== 1 && was(life, moment)",
    "name": "(was, ...given) => was(...given) + 'x'",
    "space": "(was, ...given) => 1 + was(...given)",
    "owners": "(was, ...given) => was(...given).slice(1)",
    "registers": "(was, ...given) => was(...given)?.map((value, number) => number === 17 ? value + 1 : value) ?? null",
    "uses": "(was, moment) => was(moment).filter((use) => use.use !== 'root')",
    "used": "(was, moment) => ({...was(moment), free: 7})",
    "segments": "(was, ...given) => was(...given).map((each) => ({...each, protection: 'rwx'}))",
    "pages": "(was, ...given) => was(...given).map((each) => ({...each, isDirty: !each.isDirty}))",
    "content": "(was, ...given) => was(...given)?.map((byte, at) => at === 4095 ? byte ^ 1 : byte) ?? null",
    "call": "(was, ...given) => 'fork()'",
    "output": "(was, moment) => was(moment).slice(0, -1)",
}
"""What may be wrong with a film, each as the function that takes the place of one of its own."""
BENDING = """
([name, lie]) => {
  const film = window.forklore.film, was = film[name].bind(film), told = eval(lie);
  film[name] = (...given) => told(was, ...given);
}
"""


@pytest.mark.full
def test_no_lie_is_overlooked(page_of: Watched) -> None:
    """What a film tells otherwise than it is would be found; most of it also where it is drawn."""
    page = filmed(booted("fork_exec.s", "cow"), page_of, "fork_exec.s")
    moments = chosen(overview(page), 6)
    for name, lie in LIES.items():
        page.evaluate(BENDING, [name, lie])
        run = booted("fork_exec.s", "cow")
        assert compared(run, read(page, moments), Judge(run, is_whole=True).differences), name
        if name not in ("space", "owners", "used", "content", "call"):
            assert compared(booted("fork_exec.s", "cow"), draw(page, moments), differences), name
        page.evaluate("(name) => delete window.forklore.film[name]", name)
    run = booted("fork_exec.s", "cow")
    assert not compared(run, read(page, moments), Judge(run, is_whole=True).differences)


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
@pytest.mark.parametrize("fork", STRATEGIES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_fifty_moments_of_every_program(name: str, fork: str, page_of: Watched) -> None:
    check(name, fork, page_of, 50)


@pytest.mark.full
@pytest.mark.parametrize("settings", [{"quantum": 7}, {"quantum": 97, "first": "child"}, {"memory": 1 << 20}], ids=str)
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name.endswith(".s")])
def test_fifty_moments_under_other_settings(name: str, settings: dict[str, Any], page_of: Watched) -> None:
    check(name, "on-demand", page_of, 50, **settings)


WINDOWS = {
    "late": Window(start=2000), "early": Window(end=2000), "middle": Window(1000, 3000), "child": Window(pids=(3,)),
    "child in the middle": Window(1000, 3000, (3, 4)),
}  # fmt: skip


@pytest.mark.parametrize("window", first_of(1, WINDOWS))
def test_a_part_of_a_run_is_as_true(window: str, page_of: Watched) -> None:
    name, fork = "c/sigchld.c", "cow"
    page = filmed(booted(name, fork), page_of, name, WINDOWS[window])
    said = judge(page, booted(name, fork), 10)
    assert not said, "\n".join(said[:20])


LIMITS = {
    "details": Limits(Room(moments=20)), "no details": Limits(Room(moments=1)), "changes": Limits(Room(changed=3000)),
    "calls": Limits(events=60), "events": Limits(all_events=90), "output": Limits(output=10),
}  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("name", ["c/sigchld.c", "c/prefork.c", "sh.s"])
@pytest.mark.parametrize("limits", LIMITS)
def test_what_is_kept_of_a_long_run_is_true(limits: str, name: str, page_of: Watched) -> None:
    """What is left out is said, and nothing that was true before is told in its place."""
    page = filmed(booted(name, "on-demand"), page_of, name, limits=LIMITS[limits])
    assert overview(page)["leftOut"] or (limits == "output" and name == "c/prefork.c")
    said = judge(page, booted(name, "on-demand"), 40)
    assert not said, "\n".join(said[:20])
