"""Rules of moments: what is open at an end, what is written before a wait, who waits for ever."""

from __future__ import annotations

from collections.abc import Iterator

from vm.grade.conduct import FIRST, Left
from vm.grade.rules.values import Values
from vm.grade.rules.violation import Seen, Violation, evidence
from vm.observe.strace.text import quote
from vm.text import printable, shortened

_SHOWN = 32


def no_descriptor_left_open(seen: Seen, values: Values) -> Iterator[Violation]:
    """Who ends by itself has closed its descriptors above 2."""
    return _left_open(seen, values, list(seen.conduct.left), "descriptors")


def no_pipe_left_open(seen: Seen, values: Values) -> Iterator[Violation]:
    """Who ends by itself has closed the ends of pipes that it has above 2."""
    return _left_open(seen, values, [left for left in seen.conduct.left if left.is_pipe], "ends of pipes")


def _left_open(seen: Seen, values: Values, left: list[Left], what: str) -> Iterator[Violation]:
    found = [
        each
        for each in left
        if seen.is_about(each.who, values["by"]) and (values["inherited"] or not each.is_inherited)
    ]
    if not found:
        seen.demand("members", "left")
        return
    lines = [
        f"{seen.title(each.who)} ends with descriptor {each.descriptor} open: {each.what}"
        + (", which it has from its parent" if each.is_inherited else "")
        for each in found
    ]
    yield Violation(
        title=f"{what} are left open",
        expected=f"every process closes its {what} above 2 before it ends",
        came=evidence(lines),
        key="inherited" if all(each.is_inherited for each in found) else "own",
    )


def parent_waits_before_output(seen: Seen, values: Values) -> Iterator[Violation]:
    """The first process writes only when it has collected each child that it has made by then."""
    children = [member for member in seen.conduct.members if member.parent == FIRST]
    early = []
    for write in seen.conduct.writes:
        left = [child for child in children if child.born < write.moment and not 0 < child.collected < write.moment]
        if left:
            who = left[0].title + (f" and {len(left) - 1:,} more" if left[1:] else "")
            early.append(f"{quote(write.data, _SHOWN)} to the {write.stream}, before it has waited for {who}")
    if not early:
        seen.demand("writes", "members")
        return
    yield Violation(
        title="the parent writes before it has waited for its children",
        expected="the parent waits for all its children before it writes",
        came=evidence(f"the parent writes {line}" for line in early),
        key="early",
    )


def no_deadlock(seen: Seen, values: Values) -> Iterator[Violation]:
    """Nobody waits for ever."""
    stuck = seen.conduct.stuck
    if stuck:
        yield Violation(
            title="every process that is left waits for ever",
            expected="no process waits for ever",
            came=evidence(f"{seen.title(each.who)} waits for {shortened(printable(each.why), 120)}" for each in stuck),
            key="stuck",
        )
