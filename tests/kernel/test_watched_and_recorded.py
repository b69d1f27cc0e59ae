"""A watchpoint is met where somebody looks at each instruction by himself as it is where nobody does."""

from __future__ import annotations

from tests.hazards import catalogue
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
