"""Texts held against what is expected of them: outputs, and files that a run leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vm.grade.allowed import Allowed
from vm.grade.judging.differing import Difference, alike, common, difference
from vm.grade.judging.excerpts import excerpt, line_of, marked, place_of, quoted, shown_line
from vm.grade.judging.following import TooMany, follow
from vm.grade.judging.normal import Normal, folded, letters_of, needle
from vm.grade.lab import How, Space, Text
from vm.grade.regexes import Regex, WrongRegex
from vm.grade.verdict import Failure
from vm.outcomes.patterns import Pattern, WrongPattern
from vm.outcomes.rests import TooLarge
from vm.quantities import size
from vm.text import printable, shortened
from vm.values import dataclass

LARGEST = 4 << 20
"""Bytes of a text that is judged, at most."""
EXAMPLES = 500
"""Texts of a reference solution that one is compared with, at most."""
MOST_LINES = 50
"""Lines of a regular expression that are tried without those behind them."""
MOST_PIECES = 6
"""Pieces, and texts, that are named."""


@dataclass(frozen=True, slots=True)
class Named:
    """A text that is judged: ``name`` goes before what is said of it ("the output"), the others are a Failure's."""

    kind: str
    name: str
    what: str = ""


def judge_text(text: Text, data: bytes, named: Named, allowed: Allowed | None = None) -> Failure | None:
    """Return what is wrong with a text; None where it is as expected.

    One of more than LARGEST bytes is wrong unless it is to the byte what is expected. Where a text cannot be judged
    that is a failure of the kind "grader".
    """
    if len(data) > LARGEST:
        if text.how in (How.EXACT, How.ONE_OF) and data in text.texts:
            return None
        too_large = f"has {size(len(data))}, and no more than {size(LARGEST)} of a text are looked at"
        return _Case(text, "", b"", named, allowed).failure(too_large, "too-large")
    try:
        return _JUDGES[text.how](_Case(text, letters_of(data), data, named, allowed))
    except (TooMany, TooLarge):
        reason = "there are too many texts that might be right to try them all"
    except (WrongPattern, WrongRegex, ValueError) as error:
        reason = str(error)
    return _unjudged(named, reason, text)


def _unjudged(named: Named, reason: str, text: Text) -> Failure:
    title = f"{named.name} cannot be judged: {shortened(printable(reason), 200)}"
    return Failure(
        kind="grader", what=named.what or named.kind, title=title, details=(f"see {printable(str(text.place))}",),
        key=f"grader:{named.kind}:{text.how}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Case:
    """A text to judge: ``came`` are its letters."""

    text: Text
    came: str
    data: bytes
    named: Named
    allowed: Allowed | None

    def normal(self, whole: str) -> Normal:
        """Return a text without what does not count."""
        return Normal(whole, self.text.space, ignores_case=self.text.ignores_case)

    def needle(self, text: bytes) -> str:
        """Return a text as it is searched for."""
        return needle(letters_of(text), self.text.space, ignores_case=self.text.ignores_case)

    def hay(self) -> Normal:
        """Return what came as it is searched in."""
        found = self.normal(self.came)
        if self.text.space is Space.TRAILING and self.came:
            found.text += "\n"
        return found

    def failure(
        self, title: str, key: str, expected: tuple[str, ...] = (), came: tuple[str, ...] = (),
        details: Sequence[str] = (),
    ) -> Failure:  # fmt: skip
        """Return a failure of this text."""
        named = self.named
        where = f"{named.kind}:{named.what}" if named.what else named.kind
        return Failure(
            kind=named.kind, what=named.what, title=f"{named.name} {title}", expected=expected, came=came,
            details=tuple(details), key=f"{printable(where)}:{key}",
        )  # fmt: skip

    def at(self, found: Normal, at: int, title: str, key: str, details: Sequence[str] = ()) -> Failure:
        """Return a failure at a letter of the normal text, which is marked."""
        place = min(found.origin(at), len(self.came))
        line, column = place_of(self.came, place)
        rows = marked(line_of(self.came, place), column - 1) if self.came else []
        where = f"line {line}, column {column}" if place < len(self.came) else "its end"
        return self.failure(title.format(where=where), key, (), excerpt(self.came, place), (*rows, *details))


# --- one text, or one of several --------------------------------------------------------------------------------------


def _one_of(case: _Case) -> Failure | None:
    return _closest(case, case.text.texts, len(case.text.texts), is_all=True)


def _reference(case: _Case) -> Failure | None:
    allowed, stream = case.allowed, case.named.kind
    if allowed is None:
        raise ValueError("nothing is known of what the reference solution writes")
    if not allowed.is_complete:
        raise ValueError(f"not all is known that the reference solution can write: {allowed.reason}")
    if allowed.permits(case.data, stream):
        return None
    examples = allowed.examples(EXAMPLES + 1, stream)
    return _closest(case, examples[:EXAMPLES], len(examples), is_all=len(examples) <= EXAMPLES)


def _closest(case: _Case, texts: Sequence[bytes], count: int, *, is_all: bool) -> Failure | None:
    """Compare with the text that has most in common with what came at their beginnings, the first of several."""
    came, best, most = case.normal(case.came), case.normal(""), -1
    for text in texts:
        wanted = case.normal(letters_of(text))
        if wanted.text == came.text:
            return None
        if (same := common(wanted.text, came.text)) > most:
            best, most = wanted, same
    found = difference(best, came, case.text.space, ignores_case=case.text.ignores_case)
    if count == 1:
        return case.failure(found.what, found.key, found.expected, found.came, found.details)
    number = f"{count:,}" if is_all else f"more than {count - 1:,}"
    return _none_of(case, found, number)


def _none_of(case: _Case, found: Difference, number: str) -> Failure:
    title = f"is none of the {number} that are right; held against the closest one it {found.what}"
    return case.failure(title, f"none-of:{found.key}", found.expected, found.came, found.details)


# --- pieces -----------------------------------------------------------------------------------------------------------


def _pattern(case: _Case) -> Failure | None:
    found = case.normal(case.came)
    best = None
    for text in case.text.texts:
        pattern = Pattern.of(letters_of(text))
        followed = follow(pattern, found.text, case.text.space, ignores_case=case.text.ignores_case)
        if followed.is_right:
            return None
        if best is None or followed.at > best.at:
            best = followed
    assert best is not None, "a pattern without a text"
    if not best.pieces and best.is_between:
        return case.at(found, best.at, "follows the pattern up to {where}, and then goes on", "pattern:goes-on")
    names = [quoted(piece) for piece in best.pieces[:MOST_PIECES]]
    more = len(best.pieces) - len(names)
    wanted = " or ".join(names) + (f", or one of {more} more" if more else "")
    key = f"pattern:{'|'.join(map(alike, best.pieces[:MOST_PIECES]))}"
    is_early = best.at == len(found.text)
    title = "follows the pattern, but ends too early" if is_early else "follows the pattern up to {where} only"
    return case.at(
        found, best.at, title, key, [f"{'here has to come' if best.is_between else 'in the middle of'} {wanted}"]
    )


def _contains(case: _Case) -> Failure | None:
    found, at, before = case.hay(), 0, ""
    for text in case.text.texts:
        wanted = case.needle(text)
        place = found.text.find(wanted, at)
        if place < 0:
            return _lacking(case, found, wanted, text, at, before)
        at, before = place + len(wanted), letters_of(text)
    return None


def _lacking(case: _Case, found: Normal, wanted: str, text: bytes, at: int, before: str) -> Failure:
    name = quoted(letters_of(text))
    expected = tuple(quoted(letters_of(each)) for each in case.text.texts[:MOST_PIECES])
    key = f"lacks:{alike(letters_of(text))}"
    early, hint = found.text.find(wanted), [_hint_of_likeness(case, wanted)]
    if early >= 0:
        line, column = place_of(case.came, found.origin(early))
        title = f"has {name} too early, in line {line}, column {column}: it has to come behind {quoted(before)}"
        key, hint = f"early:{alike(letters_of(text))}", []
    else:
        title = f"does not have {name}" + (f" behind {quoted(before)}" if before else "")
    place = min(found.origin(at), len(case.came))
    return case.failure(title, key, expected, excerpt(case.came, place), hint)


def _hint_of_likeness(case: _Case, wanted: str) -> str:
    """A remark where what is missing is there but for white space, or for capital letters."""
    bare = folded(Normal(wanted, Space.IGNORED).text)
    if bare and bare in folded(Normal(case.came, Space.IGNORED).text):
        return "it comes with other white space, or other capital letters"
    return "searched in all that came" if case.came else "nothing was written"


def _lacks(case: _Case) -> Failure | None:
    found = case.hay()
    for text in case.text.texts:
        wanted = case.needle(text)
        place = found.text.find(wanted) if wanted else -1
        if place >= 0:
            name = quoted(letters_of(text))
            return case.at(
                found,
                place,
                f"has {_literal(name)}, which must not come, in {{where}}",
                f"has:{alike(letters_of(text))}",
            )
    return None


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


# --- regular expressions ----------------------------------------------------------------------------------------------


def _regex(case: _Case) -> Failure | None:
    """All of the text has to match; ``^`` and ``$`` are the ends of lines, and a dot is no newline."""
    found, best = case.normal(case.came), -1
    data = found.text.encode("utf-8", "surrogateescape")
    for text in case.text.texts:
        regex = Regex(letters_of(text), ignores_case=case.text.ignores_case, has_lines=True)
        if regex.fits(data):
            return None
        best = max(best, _reach(regex, data))
    at = len(letters_of(data[: max(best, 0)]))
    expected = tuple(shown_line(letters_of(text)) for text in case.text.texts[:MOST_PIECES])
    if data[max(best, 0) :] == b"\n" and best > 0:
        title, hint = (
            "matches the regular expression, but for the newline at its end",
            "(\\n at its end would allow it)",
        )
        return case.failure(title, "regex:newline", expected, excerpt(case.came, found.origin(at)), [hint])
    title = "matches the regular expression up to {where} only" if best > 0 else "does not match the regular expression"
    return replace(case.at(found, at, title, f"regex:{alike(line_of(case.came, found.origin(at)))}"), expected=expected)


def _reach(regex: Regex, data: bytes) -> int:
    """How far a beginning of the expression goes: all of it, or so many of its lines; -1 for none."""
    lines = regex.pattern.replace("\n", "\\n").split("\\n")
    for count in range(len(lines), max(len(lines) - MOST_LINES, 0), -1):
        try:
            end = Regex("\\n".join(lines[:count]), regex.ignores_case, regex.has_lines).reach(data)
        except WrongRegex:  # a group is torn
            continue
        if end is not None:
            return end
    return -1


_JUDGES: dict[How, Callable[[_Case], Failure | None]] = {
    How.EXACT: _one_of,
    How.ONE_OF: _one_of,
    How.REFERENCE: _reference,
    How.PATTERN: _pattern,
    How.CONTAINS: _contains,
    How.LACKS: _lacks,
    How.REGEX: _regex,
}
