"""Conditional assembly: ``.if`` and its kin."""

from __future__ import annotations

from collections.abc import Callable

from .assembler import Assembler, Condition, Handler
from .diagnostics import Problem
from .lexer import END, is_name, spans

Test = Callable[[Assembler, list[str], int], bool]


def _comparison(compare: Callable[[int], bool]) -> Test:
    def test(assembler: Assembler, tokens: list[str], at: int) -> bool:
        value, after = assembler.number(tokens, at + 1, tokens[at])
        if tokens[after] != END:
            raise Problem(f"unexpected '{tokens[after]}' after the condition", after)
        return compare(value)

    return test


def _is_defined(assembler: Assembler, tokens: list[str], at: int) -> bool:
    if not is_name(tokens[at + 1]):
        raise Problem(f"{tokens[at]} needs the name of a symbol", at + 1)
    return assembler.defined(tokens[at + 1])


def _is_blank(assembler: Assembler, tokens: list[str], at: int) -> bool:
    return tokens[at + 1] == END


def _texts(assembler: Assembler, tokens: list[str], at: int) -> tuple[str, str]:
    """The two texts that ``.ifc a, b`` compares."""
    line = assembler.reading.lines[assembler.index]
    places = spans(line)
    start, end = places[at][1], places[-1][0]
    if "," not in tokens:
        raise Problem(f"{tokens[at]} compares two texts: expected ','", len(tokens) - 1)
    comma = places[tokens.index(",")][0]
    return _unquoted(line[start:comma]), _unquoted(line[comma + 1 : end])


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _is_equal(assembler: Assembler, tokens: list[str], at: int) -> bool:
    left, right = _texts(assembler, tokens, at)
    return left == right


def _negated(test: Test) -> Test:
    return lambda assembler, tokens, at: not test(assembler, tokens, at)


_NONZERO = _comparison(lambda value: value != 0)

TESTS: dict[str, Test] = {
    ".if": _NONZERO,
    ".ifne": _NONZERO,
    ".ifeq": _comparison(lambda value: value == 0),
    ".ifgt": _comparison(lambda value: value > 0),
    ".ifge": _comparison(lambda value: value >= 0),
    ".iflt": _comparison(lambda value: value < 0),
    ".ifle": _comparison(lambda value: value <= 0),
    ".ifdef": _is_defined,
    ".ifndef": _negated(_is_defined),
    ".ifnotdef": _negated(_is_defined),
    ".ifb": _is_blank,
    ".ifnb": _negated(_is_blank),
    ".ifc": _is_equal,
    ".ifnc": _negated(_is_equal),
    ".ifeqs": _is_equal,
    ".ifnes": _negated(_is_equal),
}


def _open(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.if condition``. A condition that makes no sense counts as true once it is reported: no branch is taken."""
    condition = Condition(assembler.skipping, True, False, assembler.place)
    assembler.conditions.append(condition)
    if not condition.skipped:
        assembler.skipping = True
        condition.taken = TESTS[tokens[at].lower()](assembler, tokens, at)
        assembler.skipping = not condition.taken


def _current(assembler: Assembler, name: str, at: int) -> Condition:
    if len(assembler.conditions) <= assembler.reading.conditionals:
        raise Problem(f"{name} without .if", at)
    condition = assembler.conditions[-1]
    if condition.last and name != ".endif":
        raise Problem(f"{name} after .else", at)
    return condition


def _else(assembler: Assembler, tokens: list[str], at: int) -> None:
    condition = _current(assembler, ".else", at)
    condition.last = True
    assembler.skipping = condition.skipped or condition.taken
    condition.taken = True


def _else_if(assembler: Assembler, tokens: list[str], at: int) -> None:
    condition = _current(assembler, ".elseif", at)
    assembler.skipping = True
    if not condition.skipped and not condition.taken:
        condition.taken = True
        condition.taken = _NONZERO(assembler, tokens, at)
        assembler.skipping = not condition.taken


def _end(assembler: Assembler, tokens: list[str], at: int) -> None:
    assembler.skipping = _current(assembler, ".endif", at).skipped
    assembler.conditions.pop()


def close(assembler: Assembler, depth: int) -> None:
    """Report and drop the conditions that are open beyond ``depth``: what opened them has ended."""
    for condition in assembler.conditions[depth:]:
        assembler.report(Problem(".if without .endif"), condition.place)
    drop(assembler, depth)


def drop(assembler: Assembler, depth: int) -> None:
    """Forget the conditions that are open beyond ``depth``."""
    if len(assembler.conditions) > depth:
        assembler.skipping = assembler.conditions[depth].skipped
        del assembler.conditions[depth:]


TABLE: dict[str, Handler] = {
    **dict.fromkeys(TESTS, _open),
    ".else": _else,
    ".elseif": _else_if,
    ".endif": _end,
}
"""Handlers of the conditional directives: the only statements that are read in a branch not taken."""
