"""Rules of the family of processes: who waits for whom, who is left behind, and how they end.

Only what a process could have put in order is held against it: one that a signal has killed could put nothing in order,
and what has not ended, since the run was cut short, may still have done so.
"""

from __future__ import annotations

from collections.abc import Iterator

from vm.abi import Signal, signal_name
from vm.grade.conduct import FIRST, Member
from vm.grade.rules.values import Values
from vm.grade.rules.violation import Seen, Violation, evidence
from vm.quantities import plural
from vm.statuses import describe_end

_FAULTS = frozenset(
    (Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGILL, Signal.SIGFPE, Signal.SIGTRAP, Signal.SIGSYS, Signal.SIGABRT)
)


def every_child_waited(seen: Seen, values: Values) -> Iterator[Violation]:
    """Every process collects its children by a wait; one that ignores SIGCHLD waits till it has none."""
    left = [(child, parent) for child, parent in _families(seen) if not _is_waited(child, parent)]
    yield from _children(seen, left, "is not waited for", "every process waits for each of its children", "unwaited")


def _is_waited(child: Member, parent: Member) -> bool:
    """True unless it is certain that nobody who could has waited for a child."""
    if child.collected and child.collector and not child.is_ignored:
        return True  # by its parent, or an ancestor that has adopted it
    if child.is_ignored and parent.none_left > child.collected:
        return True
    return not parent.has_left


def no_zombie(seen: Seen, values: Values) -> Iterator[Violation]:
    """No process ends with a child that has ended and is not collected."""
    left = [
        (child, parent)
        for child, parent in _families(seen)
        if parent.has_left and 0 < child.ended < parent.ended and not 0 < child.collected < parent.ended
    ]
    yield from _children(seen, left, "is a zombie when its parent ends", "no process leaves a zombie behind", "zombie")


def no_orphan(seen: Seen, values: Values) -> Iterator[Violation]:
    """No process ends before one of its children."""
    left = [
        (child, parent) for child, parent in _families(seen) if parent.has_left and not 0 < child.ended < parent.ended
    ]
    yield from _children(seen, left, "outlives its parent", "no process ends before its children", "orphan")


def _families(seen: Seen) -> Iterator[tuple[Member, Member]]:
    """Each process with the one that it was made a child of."""
    for child in seen.conduct.members:
        parent = seen.members.get(child.parent)
        if parent is not None:
            yield child, parent


def _children(seen: Seen, left: list[tuple[Member, Member]], what: str, expected: str, key: str) -> Iterator[Violation]:
    if not left:
        seen.demand("members")
        return
    first, others = left[0][0], f", and {len(left) - 1:,} more" if left[1:] else ""
    yield Violation(
        title=f"{first.who} {what}{others}",
        expected=expected,
        came=evidence(
            f"{child.title}, made by {child.how}, {_end(child)}; {parent.title} {_end(parent)}"
            for child, parent in left
        ),
        key=key,
    )


def _end(member: Member) -> str:
    return f"ends: {describe_end(member.exit_code, member.signal)}" if member.ended else "does not end"


def exit_statuses(seen: Seen, values: Values) -> Iterator[Violation]:
    """The children of the first process end as they should, in the order in which they were made."""
    seen.demand("members")
    children = [member for member in seen.conduct.members if member.maker == FIRST]
    ends, wrong = values["ends"], []
    for child, end in zip(children, ends, strict=False):
        came = signal_name(child.signal) if child.signal is not None else child.exit_code
        if child.ended and end not in ("any", came):
            wrong.append(f"{child.title} {_end(child)}; expected: {_told(end)}")
    if wrong:
        yield Violation(
            title="a child does not end as it should"
            if len(wrong) == 1
            else f"{len(wrong):,} children do not end as they should",
            expected=f"the children end with: {', '.join(map(_told, ends))}",
            came=evidence(wrong),
            key="end",
        )
    if len(children) > len(ends) or (len(children) < len(ends) and seen.conduct.is_over):
        yield Violation(
            title=f"the parent makes {plural(len(children), 'child', 'children')}, not {len(ends):,}",
            expected=f"the children end with: {', '.join(map(_told, ends)) or 'there are none'}",
            came=evidence(f"{child.title} {_end(child)}" for child in children) or ("no child",),
            key="count",
        )


def _told(end: object) -> str:
    return "any" if end == "any" else f"killed by {end}" if isinstance(end, str) else f"status {end}"


def no_crash(seen: Seen, values: Values) -> Iterator[Violation]:
    """No process is killed by the signal of a fault."""
    crashed = [member for member in seen.conduct.members if member.signal in _FAULTS]
    if not crashed:
        seen.demand("members")
        return
    names = list(dict.fromkeys(signal_name(member.signal) for member in crashed if member.signal is not None))
    yield Violation(
        title=f"{crashed[0].who} is killed by {names[0]}",
        expected="no process is killed by the signal of a fault",
        came=evidence(f"{member.title} {_end(member)}" for member in crashed),
        key=",".join(sorted(names)),
    )
