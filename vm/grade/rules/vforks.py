"""Rules of vfork: what its child may do, and what the checker has found."""

from __future__ import annotations

from collections.abc import Iterator

from vm.grade.rules.values import Values
from vm.grade.rules.violation import Seen, Violation, evidence, words_text
from vm.grade.rules.words import find_calls
from vm.hazards.rules import Level
from vm.text import printable, shortened

_ALLOWED = find_calls("exec") | find_calls("exit") | {"rt_sigreturn"}


def exec_after_vfork(seen: Seen, values: Values) -> Iterator[Violation]:
    """What vfork has made executes a program or ends, and does nothing before that but what is allowed."""
    allowed = _ALLOWED.union(*[names for _, names in values["allow"]])
    found = [call for call in seen.conduct.calls if call.is_vforked and call.name not in allowed]
    if not found:
        seen.demand("calls", "members")
        return
    names = words_text(["exec", "_exit", *(word for word, _ in values["allow"])], "or")
    yield Violation(
        title=f"a child of vfork calls {words_text(dict.fromkeys(call.name for call in found[:8]))}",
        expected=f"a child of vfork calls nothing but {names}",
        came=evidence(map(seen.told, found)),
        key=",".join(sorted({call.name for call in found})[:20]),
    )


def no_vfork_damage(seen: Seen, values: Values) -> Iterator[Violation]:
    """The checker has found no error."""
    return _findings(seen, (Level.ERROR,), "no child of vfork damages its parent")


def no_hazard(seen: Seen, values: Values) -> Iterator[Violation]:
    """The checker has found no error, and nothing to warn of."""
    return _findings(seen, (Level.ERROR, Level.WARNING), "the checker finds no error, and nothing to warn of")


def _findings(seen: Seen, levels: tuple[Level, ...], expected: str) -> Iterator[Violation]:
    found = [finding for finding in seen.findings if finding.level in levels and not finding.accepted]
    if not found:
        return
    lines = []
    for finding in found:
        at = finding.location
        place = f"{at.file}:{at.line}: " if at.line else f"in {at.function}: " if at.function else ""
        lines.append(shortened(printable(f"{finding.level.value}: {place}{finding.message}"), 300))
    yield Violation(
        title=shortened(printable(found[0].title), 200),
        expected=expected,
        came=evidence(lines),
        key=",".join(sorted({finding.rule for finding in found})),
    )
