"""``monitor check``: what vfork children did to their parents up to the present moment."""

from __future__ import annotations

from collections.abc import Iterator

from vm import events
from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.processes import pids_text, suspends
from vm.debug.monitor.replaying import Impatient, replay
from vm.debug.monitor.tables import paragraph
from vm.text import brief


def check(question: Question) -> Iterator[str]:
    """Yield the checker's report of the run so far, as ``forklore run --check-vfork`` has it."""
    from vm.hazards.accepting import Acceptances
    from vm.hazards.checking import Checker
    from vm.hazards.report import plain, render

    word = question.word(0)
    if word not in (None, "notes"):
        raise Complaint(f"{brief(word)} is nothing that there is a report of: check [notes]")
    again = replay(question)
    kernel = again.rerun.kernel
    checker, borrowed, notes = Checker(kernel), list[int](), list[str]()
    kernel.events.subscribe(events.Created, lambda event: _note(event, borrowed))
    try:
        again.advance()
    except Impatient as error:
        yield from paragraph(str(error))
    lent = [task.child for task in kernel.processes.threads if suspends(task)]
    found = checker.findings(notes.append)
    accepted = Acceptances().apply(found) if found else []
    yield from (line for note in notes for line in paragraph(note))
    yield from plain(render(accepted, notes=word is not None, by="`monitor check notes`")).splitlines()
    if not borrowed and not accepted:
        yield "no vfork was made so far"
    elif lent:
        have = "has" if len(lent) == 1 else "have"
        yield from paragraph(f"{pids_text(lent)} still {have} the parent's memory: judged by what was done so far")


def _note(event: events.Created, borrowed: list[int]) -> None:
    if not borrowed and (event.how == "share" or event.meant == "vfork"):
        borrowed.append(event.child)
