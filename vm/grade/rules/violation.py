"""What a rule is judged by, what it says when it is broken, and who it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from vm.grade.conduct import FIRST, Call, Conduct, Descent, Member
from vm.hazards.findings import Finding
from vm.quantities import plural
from vm.values import dataclass

EVIDENCE = 6
"""Lines of evidence that a violation has."""
Where = Callable[[Call], str]
"""Where in the source a call was made, as ``tree.c:14``; empty where that is unknown."""


class CannotJudge(Exception):
    """A rule cannot be judged by what was recorded; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that was broken: ``title`` is a sentence, ``expected`` and ``came`` are lines.

    ``key`` is what violations have in common that are alike, without numbers of processes.
    """

    title: str
    expected: str
    came: tuple[str, ...]
    key: str


class Seen:
    """A run as rules look at it: its ``conduct``, what the checker has found, and where its calls stand."""

    def __init__(self, conduct: Conduct, findings: Sequence[Finding] = (), where: Where = lambda call: "") -> None:
        self.conduct = conduct
        self.findings = findings
        self._where = where
        self.members: Mapping[Descent, Member] = {member.descent: member for member in conduct.members}

    def demand(self, *lists: str) -> None:
        """Raise CannotJudge unless these lists of the record are whole."""
        for name in lists:
            if name in self.conduct.cut:
                raise CannotJudge(f"the run has more {_LISTS[name]} than are recorded")

    def is_about(self, who: Descent, by: str) -> bool:
        """True for a process that ``by`` means: see :data:`vm.grade.rules.values.BY`."""
        if by == "anybody":
            return True
        if by == "children":
            member = self.members.get(who)
            return member is not None and member.maker == FIRST
        return (who == FIRST) == (by == "parent")

    def title(self, who: Descent) -> str:
        """A process for people."""
        member = self.members.get(who)
        return member.title if member is not None else "a process"

    def told(self, call: Call) -> str:
        """A call for people: who made it, as a trace shows it, and where."""
        place = self._where(call)
        return f"{self.title(call.who)}: {call.text}{f'  at {place}' if place else ''}"


_LISTS = {"members": "processes", "calls": "calls", "writes": "writes", "left": "descriptors"}


def evidence(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    every = list(lines)
    if len(every) <= EVIDENCE:
        return tuple(every)
    return (*every[: EVIDENCE - 1], f"… and {len(every) - EVIDENCE + 1:,} more")


def bounds_text(least: int, most: int | None) -> str:
    """``2``, ``at least 1``, ``from 1 to 3``."""
    if most is None:
        return f"at least {least:,}"
    return f"{least:,}" if least == most else f"from {least:,} to {most:,}" if least else f"at most {most:,}"


def times(count: int) -> str:
    """``never``, ``once``, ``3 times``."""
    return {0: "never", 1: "once", 2: "twice"}.get(count) or plural(count, "time")


def words_text(words: Iterable[str], last: str = "and") -> str:
    """``fork, wait and exec``."""
    listed = list(dict.fromkeys(words))
    return f" {last} ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


WHOM = {
    "anybody": "the program",
    "parent": "the parent",
    "children": "a child",
    "descendants": "a descendant",
}
"""Who makes a call, in a sentence."""
