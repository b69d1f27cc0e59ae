"""Reasons why a text cannot be printed, in sentences that name source lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vm.outcomes.cases import Case, Reason
from vm.outcomes.claims import Before, Count, Ends, Halts, Never, Size, Torn, common
from vm.outcomes.orders import End, Step
from vm.outcomes.printing import data_of
from vm.outcomes.telling import ending
from vm.outcomes.wording import Place, Wording, any_of, ordinal, shown, times, written_by
from vm.quantities import plural
from vm.text import printable

_FEW = 12
"""Letters that are shown of what goes on to the end of a text."""


def sentences(reason: Reason, place: Callable[[Step], Place | None]) -> list[str]:
    """Return a reason in words: a sentence, or one that ends with a colon and behind it one for each case.

    ``place`` gives the place of a step, None where it is unknown.
    """
    return told(reason, place)[0]


def told(reason: Reason, place: Callable[[Step], Place | None]) -> tuple[list[str], list[Place]]:
    """Return these sentences and the places of the lines that they name."""
    telling = _Telling(reason, place)
    return telling.sentences(), list(telling.words.named)


class _Telling:
    """Tells the cases of a reason."""

    def __init__(self, reason: Reason, place: Callable[[Step], Place | None]) -> None:
        self.words = Wording(reason.steps, place)
        self._cases = reason.cases

    def sentences(self) -> list[str]:
        """The sentences."""
        cases = self._cases
        told = [self.case(case) for case in cases]
        if len(cases) > 1:
            pairs = enumerate(zip(cases, told, strict=True))
            told = [self.given(case, number) + text for number, (case, text) in pairs]
        claim = cases[0].claim
        if isinstance(claim, Halts):
            head = _halt(claim, cases[0].how)
            return [f"{head}: {told[0]}"] if len(told) == 1 else [f"{head}:", *told]
        return told if len(told) == 1 else ["each run has a reason of its own:", *told]

    def given(self, case: Case, number: int) -> str:
        """Which runs a case is of."""
        if case.given is not None:
            return f"where {self.words.link(case.given)}: "
        return "in the other runs: " if number == len(self._cases) - 1 else "in some runs: "

    def case(self, case: Case) -> str:
        """What a case says, whichever runs it is of."""
        claim, lines = case.claim, self.words.lines(case.writers)
        who = self.words.writing(case.writers)
        if isinstance(claim, Never):
            told = f"nobody writes {shown(claim.data)}"
            return f"{told} to {claim.stream}: {who} it elsewhere" if case.writers else told
        if isinstance(claim, Size):
            return (
                f"no run writes more than {plural(claim.most, 'byte')} to {claim.stream}; the text has {claim.found:,}"
            )
        if isinstance(claim, Torn):
            return self._torn(claim, case.writers)
        if isinstance(claim, Count):
            return self._count(claim, lines)
        if isinstance(claim, Before):
            return self._before(claim, case)
        if isinstance(claim, Halts):
            return self._halting(case, lines, who)
        assert isinstance(claim, Ends)
        return f"it can be printed, but not with {_ended(claim.end)}: only with {any_of(map(_ended, claim.others))}"

    def _count(self, claim: Count, lines: str) -> str:
        data, has = shown(claim.data), f"; the text has it {times(claim.found)}"
        every = "every run writes" if len(self._cases) == 1 else "they write"
        if claim.found > claim.most:
            bound = "" if claim.least == claim.most else "at most "
            return f"{data} is written {bound}{times(claim.most)}, in {lines}{has}" if claim.most else (
                f"{data} is not written"
            )  # fmt: skip
        count = f"at least {times(claim.least)}" if claim.least < claim.most else times(claim.least)
        if claim.found:
            return f"{every} {data} {count}, in {lines}{has}"
        return f"{data} is missing: {every} it{f' {count}' if claim.least > 1 else ''}, in {lines}"

    def _before(self, claim: Before, case: Case) -> str:
        later = shown(claim.later) if claim.total == 1 else f"the {ordinal(claim.nth)} {shown(claim.later)}"
        which = f"the {ordinal(claim.most + 1)} {shown(claim.data)}" if claim.most else shown(claim.data)
        return f"{which} cannot come before {later}: {self._chains(case)}"

    def _chains(self, case: Case) -> str:
        """The chains of a case, each sentence once."""
        told = list(dict.fromkeys(self.words.chain(chain, case.stream) for chain in case.chains))
        return _either(told) if case.is_either else "; ".join(told)

    def _torn(self, claim: Torn, writers: Sequence[Step]) -> str:
        rest, pieces = claim.text[claim.place :], [data_of(step, claim.stream) for step in writers]
        whole = f"{self.words.writing(writers)} {any_of(map(shown, pieces))} in one piece"
        size = common(pieces[0], rest)
        if not size:
            return f"no write begins with {shown(rest[:1])}: {whole}"
        if size == len(rest):
            is_line = {piece[size:] for piece in pieces} == {b"\n"}
            missing = f"the newline behind {shown(rest)} is missing"
            return f"{missing if is_line else f'the text ends within {any_of(map(shown, pieces))}'}: {whole}"
        return f"{shown(rest[size:], _FEW)} cannot come right behind {shown(rest[:size])}: {whole}"

    def _halting(self, case: Case, lines: str, who: str) -> str:
        """What happens where runs get no further."""
        written = any_of(sorted(written_by(step, case.stream) for step in case.writers))
        return {
            "blocked": self._chains(case),
            "gone": f"{written} has been written before, in {lines}",
            "torn": f"only a part of {written} would fit there, which {who} in one piece",
            "short": f"{written} is still to be written, in {lines}",
            "other": f"only {written} is left to be written, in {lines}",
            "over": "nothing is left to be written",
            "untold": "it begins in too many ways to tell why",
        }[case.how]


def _halt(claim: Halts, how: str) -> str:
    """How far runs get in printing the texts."""
    if how == "untold":
        return "no run prints just that"
    if len(claim.streams) > 1:
        return f"{' and '.join(claim.streams)} can each be printed so, but not by one run"
    text = claim.texts[0]
    if claim.most == len(text):
        return f"no run stops behind {shown(text)}" if text else "every run writes something"
    rest = shown(text[claim.most :], _FEW)
    return f"no run that begins with {shown(text[: claim.most])} goes on with {rest}" if claim.most else (
        f"no run begins with {rest}"
    )  # fmt: skip


def _either(told: list[str]) -> str:
    """Sentences of which one holds: a single one where they differ in one line alone."""
    parts = [re.split(r"(\bline \d+\b)", sentence) for sentence in told]
    differing = [found for found in zip(*parts, strict=False) if len(set(found)) > 1]
    is_like = len({len(each) for each in parts}) == 1 and len(differing) == 1
    if len(told) < 2 or not is_like or not all(name.startswith("line ") for name in differing[0]):
        return "; or ".join(told)
    place = next(place for place, found in enumerate(zip(*parts, strict=True)) if len(set(found)) > 1)
    numbers = any_of(name.removeprefix("line ") for name in differing[0])
    return "".join([*parts[0][:place], f"line {numbers}", *parts[0][place + 1 :]])


def _ended(end: End) -> str:
    """How a run ends; of a deadlock who waits for what."""
    waits = ", ".join(f"pid {each.pid} waits for {printable(each.why)}" for each in end.stuck)
    return f"{ending(end)} ({waits})" if waits else ending(end)
