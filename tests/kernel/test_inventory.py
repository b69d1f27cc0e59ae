"""What memory processes have is told in time that grows with how much it is."""

from __future__ import annotations

from tests.effort import calls
from vm.kernel.inventory import Range, mapping_changes


def test_what_many_segments_cost() -> None:
    """As many steps as there are segments, and not their square."""
    here = tuple([Range(at << 12, at + 1 << 12, "rw-" if at % 2 else "r--", "m", "", 0, False) for at in range(3000)])
    for before, after in ((here, here[:-1]), (here[:-1], here)):
        with calls(10 * len(here)):
            (change,) = mapping_changes((2, 1), before, after)
        assert change[1][2:4] == (2999 << 12, 3000 << 12)
