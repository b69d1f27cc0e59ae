"""``monitor schedule FILE``: the choices and inputs of the run so far, by which another run repeats it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.moments import moment_text
from vm.debug.monitor.tables import paragraph
from vm.text import brief, printable


def schedule(question: Question) -> Iterator[str]:
    """Write the schedule to a file that is not there yet, and say how it is repeated."""
    from vm.schedules.files import write_schedule

    path = question.word(0)
    if not path:
        raise Complaint("schedule FILE: where is it to be written?")
    if not question.view.may_write:
        raise Complaint("this session may not write files")
    try:
        made = question.history.run.schedule()
    except ValueError as error:
        raise Complaint(f"there is no schedule: {error}") from None
    try:
        with open(path, "x"):
            pass
        write_schedule(made, path)
    except FileExistsError:
        raise Complaint(f"{brief(path)} is there already: give another name") from None
    except (OSError, ValueError) as error:
        raise Complaint(f"cannot write {brief(path)}: {getattr(error, 'strerror', None) or error}") from None
    yield from paragraph(
        f"the run up to {moment_text(question.history.moment)} is in {printable(os.path.abspath(path))}; "
        "`forklore run --schedule FILE PROGRAM` and `forklore gdb --schedule FILE PROGRAM` repeat it"
    )
