"""Reasons why a text cannot be printed, in sentences that name source lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vm.outcomes.cases import Case, Reason
from vm.outcomes.claims import Ends, Halts, Least, Most, Never, Torn, common
from vm.outcomes.orders import End, Step
from vm.outcomes.telling import ending
from vm.outcomes.wording import Place, Wording, ordinal, shown, times, written_by
from vm.text import printable


def sentences(reason: Reason, place: Callable[[Step], Place | None]) -> list[str]:
    """Return a reason in words: a sentence, or one that ends with a colon and behind it one for each case.

    ``place`` gives the place of a step, None where it is unknown.
    """
    telling, cases = _Telling(reason, place), reason.cases
    told = [telling.case(case) for case in cases]
    if len(cases) > 1:
        told = [telling.given(case, number) + text for number, (case, text) in enumerate(zip(cases, told, strict=True))]
    claim = cases[0].claim
    if isinstance(claim, Halts):
        head = _halt(claim)
        return [f"{head}: {told[0]}"] if len(told) == 1 else [f"{head}:", *told]
    return told if len(told) == 1 else ["each run has a reason of its own:", *told]


class _Telling:
    """Tells the cases of a reason."""

    def __init__(self, reason: Reason, place: Callable[[Step], Place | None]) -> None:
        self._words = Wording(reason.steps, place)
        self._cases = reason.cases

    def given(self, case: Case, number: int) -> str:
        """Which runs a case is of."""
        if case.given is not None:
            return f"where {self._words.link(case.given)}: "
        return "in the other runs: " if number == len(self._cases) - 1 else "in some runs: "

    def case(self, case: Case) -> str:
        """What a case says, whichever runs it is of."""
        claim, lines = case.claim, self._words.lines(case.writers)
        who = self._words.writing(case.writers)
        if isinstance(claim, Never):
            told = f"nobody writes {shown(claim.data)}"
            return f"{told} to {claim.stream}: {who} it elsewhere" if case.writers else told
        if isinstance(claim, Torn):
            return self._torn(claim, case.writers)
        if isinstance(claim, Least):
            return self._least(claim, lines)
        if isinstance(claim, Most):
            return self._most(claim, case, lines)
        if isinstance(claim, Halts):
            return self._halting(case, lines, who)
        assert isinstance(claim, Ends)
        others = " or ".join(dict.fromkeys(map(_ended, claim.others)))
        return f"it can be printed, but not with {_ended(claim.end)}: only with {others}"

    def _least(self, claim: Least, lines: str) -> str:
        every = "every run writes" if len(self._cases) == 1 else "they write"
        if not claim.found:
            count = f" {times(claim.least)}" if claim.least > 1 else ""
            return f"{shown(claim.data)} is missing: {every} it{count}, in {lines}"
        count = times(claim.least)
        return f"{every} {shown(claim.data)} at least {count}, in {lines}; the text has it {times(claim.found)}"

    def _most(self, claim: Most, case: Case, lines: str) -> str:
        data = shown(claim.data)
        if not claim.nth:
            if not claim.most:
                return f"{data} is not written"
            return f"{data} is written at most {times(claim.most)}, in {lines}; the text has it {times(claim.found)}"
        before = shown(claim.before) if claim.total == 1 else f"the {ordinal(claim.nth)} {shown(claim.before)}"
        which = f"the {ordinal(claim.most + 1)} {data}" if claim.most else data
        return f"{which} cannot come before {before}: {self._chains(case)}"

    def _chains(self, case: Case) -> str:
        """The chains of a case, each sentence once."""
        return "; ".join(dict.fromkeys(self._words.chain(chain, case.stream) for chain in case.chains))

    def _torn(self, claim: Torn, writers: Sequence[Step]) -> str:
        rest = claim.text[claim.place :]
        piece = b"".join(each.data for step in writers[:1] for each in step.written if each.stream == claim.stream)
        size = common(piece, rest)
        whole = f"{self._words.lines(writers[:1])} writes {shown(piece)} in one piece" if writers else ""
        if not size:
            return f"{shown(rest[:1])} cannot come by itself: {whole}"
        if size == len(rest):
            return f"the text ends within {shown(piece)}: {whole}"
        return f"{shown(rest[size:])} cannot come right behind {shown(rest[:size])}: {whole}"

    def _halting(self, case: Case, lines: str, who: str) -> str:
        """What happens where runs get no further."""
        written = " or ".join(dict.fromkeys(written_by(step, case.stream) for step in case.writers))
        return {
            "blocked": self._chains(case),
            "gone": f"{written} has been written before, in {lines}",
            "torn": f"only a part of {written} would fit there, which {who} in one piece",
            "short": f"{written} is still to be written, in {lines}",
            "other": f"only {written} is left to be written, in {lines}",
            "over": "nothing is left to be written",
        }[case.how]


def _halt(claim: Halts) -> str:
    """How far runs get in printing the texts."""
    if len(claim.streams) > 1:
        return f"{' and '.join(claim.streams)} can each be printed so, but not by one run"
    text = claim.texts[0]
    if claim.most == len(text):
        return f"no run stops behind {shown(text)}" if text else "no run prints nothing"
    rest = shown(text[claim.most :])
    return f"no run that begins with {shown(text[: claim.most])} goes on with {rest}" if claim.most else (
        f"no run begins with {rest}"
    )  # fmt: skip


def _ended(end: End) -> str:
    """How a run ends; of a deadlock who waits for what."""
    waits = ", ".join(f"pid {each.pid} waits for {printable(each.why)}" for each in end.stuck)
    return f"{ending(end)} ({waits})" if waits else ending(end)
