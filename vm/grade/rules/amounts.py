"""Rules of amounts: processes made, processes and threads alive at once, bytes copied."""

from __future__ import annotations

from collections.abc import Iterator

from vm.abi import PAGE_SIZE
from vm.grade.rules.values import Values
from vm.grade.rules.violation import Seen, Violation, bounds_text, evidence
from vm.quantities import plural, size


def forks_at_most(seen: Seen, values: Values) -> Iterator[Violation]:
    """At most so many processes are made."""
    return _forks(seen, 0, values["most"])


def forks_exactly(seen: Seen, values: Values) -> Iterator[Violation]:
    """So many processes are made."""
    return _forks(seen, values["least"], values["most"])


def _forks(seen: Seen, least: int, most: int | None) -> Iterator[Violation]:
    made = [member for member in seen.conduct.members if member.maker]
    is_more = most is not None and len(made) > most
    if not is_more:
        seen.demand("members")
    if is_more or (len(made) < least and seen.conduct.is_over):
        yield Violation(
            title=f"{plural(len(made), 'process is', 'processes are')} made, not {bounds_text(least, most)}",
            expected=f"processes made: {bounds_text(least, most)}",
            came=evidence(f"{seen.title(member.maker)} makes {member.title} by {member.how}" for member in made)
            or ("no process is made",),
            key="more" if is_more else "less",
        )


def processes_at_most(seen: Seen, values: Values) -> Iterator[Violation]:
    """At most so many processes live at once."""
    changes = [(member.born, 1) for member in seen.conduct.members]
    changes += [(member.ended, -1) for member in seen.conduct.members if member.ended]
    alive, most, moment = 0, 0, 0
    for when, change in sorted(changes):
        alive += change
        if alive > most:
            most, moment = alive, when
    if most > values["most"]:
        living = [member for member in seen.conduct.members if member.born <= moment and not 0 < member.ended <= moment]
        yield Violation(
            title=f"{plural(most, 'process lives', 'processes live')} at once, not at most {values['most']:,}",
            expected=f"processes alive at once: at most {values['most']:,}",
            came=evidence(f"{member.title} is alive" for member in living),
            key="more",
        )
    else:
        seen.demand("members")


def threads_at_most(seen: Seen, values: Values) -> Iterator[Violation]:
    """At most so many threads of a process live at once."""
    many = [member for member in seen.conduct.members if member.threads > values["most"]]
    if many:
        most = max(member.threads for member in many)
        yield Violation(
            title=f"{plural(most, 'thread lives', 'threads live')} at once, not at most {values['most']:,}",
            expected=f"threads alive at once in a process: at most {values['most']:,}",
            came=evidence(f"{member.title} has {plural(member.threads, 'thread')}" for member in many),
            key="more",
        )
    else:
        seen.demand("members")


def bytes_copied_at_most(seen: Seen, values: Values) -> Iterator[Violation]:
    """The pages that creations copy, at once and later, are at most so many bytes: the figures of ``--stats``."""
    copies = [(member.copied + member.copied_later, member) for member in seen.conduct.members]
    copied = PAGE_SIZE * sum(pages for pages, _ in copies)
    if copied <= values["most"]:
        seen.demand("members")
        return
    worst = sorted((each for each in copies if each[0]), key=lambda each: -each[0])
    yield Violation(
        title=f"{size(copied)} of memory are copied, not at most {size(values['most'])}",
        expected=f"bytes copied to make processes: at most {values['most']:,}",
        came=(
            f"bytes copied: {copied:,}",
            *evidence(
                f"for {member.title}, made by {member.how}: {size(member.copied * PAGE_SIZE)} at once, "
                f"{size(member.copied_later * PAGE_SIZE)} later"
                for _, member in worst
            ),
        ),
        key="more",
    )
