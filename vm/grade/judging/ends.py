"""How a run ended held against how it has to end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vm.abi import signal_name
from vm.grade.judging.differing import alike
from vm.grade.judging.excerpts import excerpt, quoted
from vm.grade.judging.normal import letters_of
from vm.grade.lab import Test
from vm.grade.observation import Observation
from vm.grade.verdict import Failure
from vm.statuses import describe_end, shell_status
from vm.text import printable, shortened

MOST_THREADS = 8
"""Threads that are named of those that wait for ever."""
LONGEST = 200
"""Letters of a line."""


def judge_stop(observation: Observation) -> Iterator[Failure]:
    """Yield why the machine ended a run: a limit, or that all wait for ever."""
    if observation.limit:
        limit = printable(observation.limit)
        kind = "time" if limit.startswith("time limit") else "limit"
        title = f"the {shortened(limit, LONGEST)} was reached, and the run ended there"
        name = re.sub(r"[\d,.]+.*", "", limit).strip().removesuffix(" of")
        yield Failure(kind=kind, what=name, title=title, key=f"{kind}:{name}")
    if observation.stuck:
        told = [shortened(printable(line), LONGEST) for line in observation.stuck[:MOST_THREADS]]
        more = len(observation.stuck) - len(told)
        details = (*told, *([f"… {more} more"] if more else []))
        title = "every process is blocked for ever: nobody is left to wake them"
        key = "deadlock:" + ";".join(sorted({alike(line) for line in told}))
        yield Failure(kind="deadlock", title=title, details=details, key=key)


def judge_signal(test: Test, observation: Observation) -> Iterator[Failure]:
    """Yield that a program was killed by a signal that is not expected, or was not by one that is."""
    expected, status = test.expected.signal, test.expected.status
    came = None if observation.signal is None else signal_name(observation.signal)
    if observation.exit_code is None and came is None:
        return
    deaths = tuple([shortened(printable(line), LONGEST) for line in observation.deaths])
    ended = describe_end(observation.exit_code, observation.signal)
    if expected is not None and came != expected:
        title = f"the program ended with {ended}" if came is None else f"the program was {ended}"
        yield _failure("signal", f"{title}, not by {expected}", f"killed by {expected}", ended, deaths, observation)
    elif expected is None and came is not None and status is not None:
        yield _failure("signal", f"the program was {ended}", _statuses(status), ended, deaths, observation)


def judge_status(test: Test, observation: Observation) -> Iterator[Failure]:
    """Yield that a program ended by itself, with another exit status than one that is right."""
    status, came = test.expected.status, observation.exit_code
    if test.expected.signal is None and status is not None and came is not None and came not in status:
        wanted = _statuses(status)
        yield _failure(
            "status", f"exit status {came} instead of {wanted}", wanted, f"exit status {came}", (), observation
        )


def _statuses(status: tuple[int, ...]) -> str:
    return " or ".join(map(str, status[:8])) + (" or …" if len(status) > 8 else "")


def _failure(
    kind: str, title: str, expected: str, came: str, details: tuple[str, ...], observation: Observation
) -> Failure:
    number = shell_status(observation.exit_code, observation.signal)
    return Failure(
        kind=kind, title=title, expected=(expected,), came=(came,), details=details,
        key=f"status:{number} instead of {expected}",
    )  # fmt: skip


def judge_dialogue(test: Test, observation: Observation) -> Iterator[Failure]:
    """Yield at which turn a dialogue came to nothing, and what the program had written by then."""
    index = observation.unmet
    if index is None or index >= len(test.dialogue):
        return
    turn = test.dialogue[index]
    name = f"turn {index + 1} of {len(test.dialogue)} of the dialogue"
    expected = (f"the program writes what {quoted(turn.expect, 100)} matches",) if turn.expect else ()
    reads = (f"and reads {quoted(letters_of(turn.send), 100)}",) if turn.send else ()
    wrote = letters_of(observation.terminal or observation.output + observation.errors)
    typed = [quoted(letters_of(each.send), 60) for each in test.dialogue[:index] if each.send]
    details = (f"typed before that: {' '.join(typed[-3:])}",) if typed else ()
    yield Failure(
        kind="dialogue", what=str(index + 1), title=f"{name}: the program ended, or waited for input, before it",
        expected=(*expected, *reads), came=excerpt(wrote, len(wrote)) if wrote else (), details=details,
        key=f"dialogue:{index + 1}",
    )  # fmt: skip
