"""How a text differs from the one that was expected: where first, and in what way if there is a word for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vm.grade.judging.excerpts import excerpt, letter_name, line_of, lines_of, pair, place_of, quoted, shown_line
from vm.grade.judging.normal import LOOSER, WHITE, Normal, folded
from vm.grade.lab import Space
from vm.quantities import plural
from vm.text import shortened
from vm.values import dataclass

_NUMBER = re.compile(r"\b0[xX][0-9a-fA-F]+|\d+")
LONGEST_KEY = 60
"""Letters of a line that a key has."""
_BARE = dict.fromkeys(map(ord, WHITE))
_BLOCK = 200
"""Lines that are missing, or too much, at most, to be called so."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a text differs: ``what`` goes on with the name of the text, "ends too early: after line 3 of 10".

    ``key`` names the way. ``expected`` and ``came`` are lines around the place, ``details`` mark it.
    """

    what: str
    key: str
    expected: tuple[str, ...]
    came: tuple[str, ...]
    details: tuple[str, ...]


def common(first: str, second: str) -> int:
    """Return how many letters two texts have in common at their beginnings."""
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if first[low:middle] == second[low:middle] else (low, middle)
    return low


def alike(line: str) -> str:
    """Return a line as keys have it: with all numbers alike, as pids and addresses differ from run to run."""
    return shortened(_NUMBER.sub("#", shown_line(line)), LONGEST_KEY)


def difference(wanted: Normal, found: Normal, space: Space, *, ignores_case: bool) -> Difference:
    """Return how what was found differs from what was wanted, which it does in what counts."""
    at = common(wanted.text, found.text)
    what, key, remarks = _way(wanted, found, at, space, ignores_case)
    expected, came = (excerpt(each.whole, each.origin(at)) for each in (wanted, found))
    return Difference(what, key, expected, came, (*_mark(wanted, found, at), *remarks))


def _mark(wanted: Normal, found: Normal, at: int) -> list[str]:
    """The two lines in which texts differ first, marked."""
    places = wanted.origin(at), found.origin(at)
    line, column = place_of(found.whole, places[1])
    wanted_line, wanted_column = place_of(wanted.whole, places[0])
    where = f"line {line}, column {column}"
    if (line, column) != (wanted_line, wanted_column):
        where += f" (line {wanted_line}, column {wanted_column} of what is expected)"
    letters = [letter_name(each.text[at : at + 1]) for each in (wanted, found)]
    rows = pair(line_of(wanted.whole, places[0]), wanted_column - 1, line_of(found.whole, places[1]), column - 1)
    return [*rows, f"{where}: expected {letters[0]}, came {letters[1]}"]


Way = tuple[str, str, tuple[str, ...]]
"""What is said, its key, and remarks."""


def _way(wanted: Normal, found: Normal, at: int, space: Space, ignores_case: bool) -> Way:
    way = _ends(wanted, found) or _hidden(wanted.whole, found.whole, space, ignores_case)
    if way is None and space in (Space.EXACT, Space.TRAILING):
        way = _lines(lines_of(wanted.text), lines_of(found.text))
    return way or _early(wanted, found, at) or _first(wanted, found, at)


def _ends(wanted: Normal, found: Normal) -> Way | None:
    """Nothing came, or a newline at the end is all there is about it."""
    if not found.whole:
        return "is empty: nothing was written", "nothing", ()
    if not wanted.whole:
        count = len(lines_of(found.whole))
        return f"is not empty, as it has to be: {plural(count, 'line')} came", "not-empty", ()
    if wanted.text == found.text + "\n":
        return "has no newline at its end, which is missing", "no-newline", (_hint(Space.TRAILING),)
    if found.text == wanted.text + "\n":
        return "has a newline too many at its end", "newline-too-many", (_hint(Space.TRAILING),)
    return None


def _hint(space: Space) -> str:
    return f'(a test with space = "{space}" would allow it)'


def _hidden(wanted: str, found: str, space: Space, ignores_case: bool) -> Way | None:
    """Only white space differs, or only capital letters do."""
    bare = [each.translate(_BARE) for each in (wanted, found)]
    if bare[0] != bare[1] and (len(bare[0]) != len(bare[1]) or folded(bare[0]) != folded(bare[1])):
        return None
    for looser in LOOSER[LOOSER.index(space) + 1 :]:
        if (
            Normal(wanted, looser, ignores_case=ignores_case).text
            == Normal(found, looser, ignores_case=ignores_case).text
        ):
            return "differs in white space only", f"space:{looser}", (_hint(looser),)
    if not ignores_case and folded(Normal(wanted, space).text) == folded(Normal(found, space).text):
        return "differs in capital and small letters only", "case", ("(a test with case = false would allow it)",)
    return None


def _lines(wanted: list[str], found: list[str]) -> Way | None:
    """Whole lines are missing, too much, or elsewhere."""
    if wanted and found == wanted * 2:
        return "has everything twice", "all-twice", ()
    if wanted and found == [line for line in wanted for _ in range(2)]:
        return "has every line twice", "lines-twice", ()
    if len(wanted) == len(found):
        if sorted(wanted) == sorted(found):
            return "has the right lines in another order", "order", ()
        return None
    begin = _same(wanted, found)
    more, less = (found, wanted) if len(found) > len(wanted) else (wanted, found)
    count = len(more) - len(less)
    if begin == len(less) or count > _BLOCK or more[:begin] + more[begin + count :] != less:
        return None
    lines = f"line {begin + 1}" if count == 1 else f"lines {begin + 1} to {begin + count}"
    if more is wanted:
        told = f"lacks {lines} of what is expected: {quoted(wanted[begin])}"
        return told, f"missing-line:{begin + 1}{f'+{count}' if count > 1 else ''}", ()
    block = more[begin : begin + count]
    if block in (more[begin - count : begin] if begin >= count else None, more[begin + count : begin + 2 * count]):
        return f"has {_twice(begin, count, block, more)} twice", f"twice:{alike(block[0])}", ()
    return f"has {lines} too much: {quoted(block[0])}", f"too-much:{alike(block[0])}", ()


def _twice(begin: int, count: int, block: list[str], more: list[str]) -> str:
    first = begin - count if begin >= count and more[begin - count : begin] == block else begin
    lines = f"line {first + 1}" if count == 1 else f"lines {first + 1} to {first + count}"
    return f"{lines} ({quoted(block[0])})"


def _same(first: Sequence[str], second: Sequence[str]) -> int:
    """How many lines two texts have in common at their beginnings."""
    return next(
        (at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
        min(len(first), len(second)),
    )


def _early(wanted: Normal, found: Normal, at: int) -> Way | None:
    """One is the beginning of the other."""
    count = len(lines_of(wanted.whole))
    if at == len(found.text):
        line, column = place_of(wanted.whole, wanted.origin(at))
        where = f"after line {line - 1}" if column == 1 else f"in line {line}, column {column}"
        return f"ends too early: {where} of {count}", f"ends:{line}:{column}", ()
    if at == len(wanted.text):
        rest = found.whole[found.origin(at) :]
        more = plural(len(lines_of(rest.lstrip("\n"))), "line")
        behind = f"goes on behind what is expected, by {more}: {quoted(rest.strip())}"
        return behind, f"goes-on:{alike(rest.strip().partition(chr(10))[0])}", ()
    return None


def _first(wanted: Normal, found: Normal, at: int) -> Way:
    place = wanted.origin(at)
    line, column = place_of(found.whole, found.origin(at))
    lines = alike(line_of(wanted.whole, place)), alike(line_of(found.whole, found.origin(at)))
    key = f"differs:line {place_of(wanted.whole, place)[0]}: {lines[0]} vs {lines[1]}"
    return f"differs in line {line}, column {column}", key, ()
