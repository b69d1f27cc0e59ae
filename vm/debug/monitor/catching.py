"""``monitor catch``: what to stop at that gdb cannot catch on this machine, or not while it goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vm.abi import CALL_NAMES, CALL_NUMBERS
from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.tables import paragraph
from vm.debug.target import BACKWARDS, Caught
from vm.observe.strace import Selection, WrongExpression
from vm.spelling import suggestion
from vm.text import brief

_WORDS = ("syscall", *BACKWARDS, "off")


def catch(question: Question) -> Iterator[str]:
    """Catch something more, or nothing any more; and tell what is caught."""
    word = question.word(0)
    if word is not None:
        question.view.catch(_added(question.view.caught, word, question.word(1)))
    yield from paragraph(_told(question.view.caught))


def _added(caught: Caught, word: str, names: str | None) -> Caught:
    found = [known for known in _WORDS if known.startswith(word)]
    if len(found) != 1 and word not in _WORDS:
        reason = f"may be {' or '.join(found)}" if found else f"is nothing to catch{suggestion(word, _WORDS)}"
        raise Complaint(f"{brief(word)} {reason}; there are {', '.join(_WORDS)}")
    what = word if word in _WORDS else found[0]
    if what == "syscall":
        return replace(caught, calls=_calls(names))
    if names is not None:
        raise Complaint(f"{brief(names)} is too much: catch {what}")
    return Caught() if what == "off" else replace(caught, events=caught.events | {what})


def _calls(names: str | None) -> frozenset[int] | None:
    if names is None:
        return None
    try:
        chosen = Selection().having(f"trace={names}").calls
    except WrongExpression as error:
        raise Complaint(str(error)) from None
    return frozenset(CALL_NUMBERS[name] for name in chosen if name in CALL_NUMBERS)


def _told(caught: Caught) -> str:
    parts = []
    if caught.calls is None:
        parts.append("every system call")
    elif caught.calls:
        parts.append(f"calls of {', '.join(sorted(CALL_NAMES[number] for number in caught.calls))}")
    if caught.events:
        parts.append(f"going back, {', '.join(sorted(caught.events))}")
    return f"caught: {'; '.join(parts)}" if parts else "nothing is caught"
