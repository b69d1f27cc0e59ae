"""Watchpoints are met where somebody looks at each instruction, or access, as they are where nobody does."""

from __future__ import annotations

from tests.hazards import catalogue
from tests.kernel.test_watched_words import COUNTER, TURNS, Asked, race
from vm.cpu.state import READS, WRITES
from vm.hazards.judgement import findings
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Groups
from vm.kernel.pausing import Ending, Until
from vm.kernel.stops import Stops, Watchpoint
from vm.machine import Machine


def met(*, is_checked: bool) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """When the watchpoint of a program with a careless vfork is met, and by what: (pc, address)."""
    run, groups = Machine(memory=1 << 20).boot(catalogue.FOLDER / "bad" / "global.s").start(), Groups()
    observer = WindowObserver(run.kernel, groups.add) if is_checked else None
    data = next(segment for segment in run.program.memory.segments if segment.is_writable)
    stops = Stops(watchpoints={run.program.pid: (Watchpoint(data.start, 4096, READS | WRITES),)})
    found = []
    while not isinstance(pause := run.advance(Until(stops=stops)), Ending):
        found.append((pause.clock, tuple([(each.pc, each.address) for each in pause.watched])))
    if observer is not None:
        observer.finish()
        assert findings(groups)
    return found


def test_a_checked_program_stops_at_the_same_accesses() -> None:
    expected = met(is_checked=False)
    assert met(is_checked=True) == expected
    assert len(expected) > 1


def stops_of(stops: Stops, words: list[int]) -> tuple[list[tuple[str, int]], list[int]]:
    """When a race with choices before accesses to ``words`` stops: (why, clock); and when it was asked for choices."""
    run = race(rounds=3).boot("/guest.s", chooser=(chooser := Asked(1, 3))).start()
    run.watch_words(words)
    found = []
    while not isinstance(pause := run.advance(Until(stops=stops)), Ending):
        found.append((pause.why, pause.clock))
    return found, chooser.clocks


def test_choices_before_accesses_are_those_of_a_run_without_watchpoints() -> None:
    stops = Stops(watchpoints={2: (Watchpoint(COUNTER, 4, READS | WRITES),)})
    for words in ([COUNTER], [TURNS], [COUNTER, TURNS]):
        nothing, asked = stops_of(Stops(), words)
        assert not nothing
        found, asked_too = stops_of(stops, words)
        assert asked_too == asked
        assert len(found) == 8, "the process reads and writes the counter three times each, and two calls are told"
