"""Expressions: parsed once, computed as soon as what they mention is known.

An operand without symbols becomes an ``int`` while it is parsed. The others become an :class:`Expression`, its code in
postfix order, so that neither a long sum nor a deeply nested one needs recursion to be computed.

Arithmetic is LLVM's: 64 bits that wrap around, ``>>`` logical, division towards zero, comparisons giving -1 for true.
Precedence is GNU's, from loosest to tightest: ``||``; ``&&``; comparisons; ``+ -``; ``| ^ & !``; ``* / % << >>``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .diagnostics import Problem
from .lexer import END, bare, character, integer, is_local_reference, is_name, shorten
from .symbols import Expression, Symbol

NESTING_LIMIT = 64
"""Most parentheses and signs that may be open at once, and most symbols defined by way of one another."""

BINARY_PRECEDENCE = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<>": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4,
    "|": 5, "^": 5, "&": 5, "!": 5, "*": 6, "/": 6, "%": 6, "<<": 6, ">>": 6,
}  # fmt: skip

_UNARY = {"-": "negate", "~": "invert", "!": "not", "+": ""}


def wrap(value: int) -> int:
    """``value`` reduced to 64 bits, signed."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    return value - (1 << 64) if value >> 63 else value


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise Problem("division by zero")
    quotient = abs(left) // abs(right)
    return -quotient if (left < 0) != (right < 0) else quotient


def _remainder(left: int, right: int) -> int:
    if right == 0:
        raise Problem("division by zero")
    return left - right * _divide(left, right)


def _shift_left(left: int, right: int) -> int:
    return left << _distance(right)


def _shift_right(left: int, right: int) -> int:
    return (left & 0xFFFF_FFFF_FFFF_FFFF) >> _distance(right)


def _distance(right: int) -> int:
    if not 0 <= right < 64:
        raise Problem(f"cannot shift by {right}: numbers have 64 bits")
    return right


_BINARY: dict[str, Callable[[int, int], int]] = {
    "||": lambda left, right: int(bool(left or right)),
    "&&": lambda left, right: int(bool(left and right)),
    "==": lambda left, right: -(left == right),
    "!=": lambda left, right: -(left != right),
    "<>": lambda left, right: -(left != right),
    "<": lambda left, right: -(left < right),
    "<=": lambda left, right: -(left <= right),
    ">": lambda left, right: -(left > right),
    ">=": lambda left, right: -(left >= right),
    "+": int.__add__,
    "-": int.__sub__,
    "|": int.__or__,
    "^": int.__xor__,
    "&": int.__and__,
    "!": lambda left, right: left | ~right,
    "*": int.__mul__,
    "/": _divide,
    "%": _remainder,
    "<<": _shift_left,
    ">>": _shift_right,
}

_COMPARISONS = frozenset({"==", "!=", "<>", "<", "<=", ">", ">="})

_UNARY_OPERATIONS: dict[str, Callable[[int], int]] = {
    "negate": int.__neg__,
    "invert": int.__invert__,
    "not": lambda value: int(not value),
}

Resolve = Callable[[str], "Symbol | int"]
"""Gives the symbol for a name, a local reference such as ``1f``, or ``.``; its value when that is a known number."""


class Parser:
    """Reads expressions from a statement's tokens; ``resolve`` looks names up."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    def parse(self, tokens: list[str], at: int) -> tuple[int | Expression, int]:
        """The expression that starts at token ``at``, and the index of the token after it.

        Raises :class:`Problem` at the token that fits no expression.
        """
        value, after = self._binary(tokens, at, 1, 0)
        return (value, after) if isinstance(value, int) else (Expression(tuple(value)), after)

    def _binary(
        self, tokens: list[str], at: int, lowest: int, depth: int
    ) -> tuple[int | list[int | Symbol | str], int]:
        """operand (operator operand)*, the operators binding at least as tightly as ``lowest``."""
        left, at = self._operand(tokens, at, depth)
        while True:
            operator = tokens[at]
            precedence = BINARY_PRECEDENCE.get(operator, 0)
            if precedence < lowest or precedence == 0:
                return left, at
            start = at
            right, at = self._binary(tokens, at + 1, precedence + 1, depth)
            if isinstance(left, int) and isinstance(right, int):
                try:
                    left = wrap(_BINARY[operator](left, right))
                except Problem as problem:
                    raise Problem(problem.message, start, at - 1) from None
            else:
                if isinstance(left, int):
                    left = [left]
                left += [right] if isinstance(right, int) else right
                left.append(operator)

    def _operand(self, tokens: list[str], at: int, depth: int) -> tuple[int | list[int | Symbol | str], int]:
        """number | character | name | local reference | . | sign operand | ( expression )"""
        token = tokens[at]
        if token.isdigit() and token[0] != "0" and len(token) < 19:
            return int(token), at + 1
        if depth > NESTING_LIMIT:
            raise Problem(f"expression nested more than {NESTING_LIMIT} deep", at)
        if token == "(":
            value, after = self._binary(tokens, at + 1, 1, depth + 1)
            if tokens[after] != ")":
                raise Problem("expected ')'", after, None, "to close the '(' before it")
            return value, after + 1
        if token in _UNARY:
            value, after = self._operand(tokens, at + 1, depth + 1)
            operation = _UNARY[token]
            if operation:
                if isinstance(value, int):
                    value = wrap(_UNARY_OPERATIONS[operation](value))
                else:
                    value.append(operation)
            return value, after
        return self._primary(tokens, at)

    def _primary(self, tokens: list[str], at: int) -> tuple[int | list[int | Symbol | str], int]:
        token = tokens[at]
        try:
            if is_name(token) or is_local_reference(token):
                found = self._resolve(token)
                return (found if isinstance(found, int) else [found]), at + 1
            if token[:1] == '"' and len(token) > 3 and token[-1] == '"' and not token[1].isdigit():
                found = self._resolve(bare(token))
                return (found if isinstance(found, int) else [found]), at + 1
            if token[:1].isdigit():
                return wrap(integer(token)), at + 1
            if token[:1] == "'":
                _check_alone(tokens, at)
                return character(token), at + 1
        except Problem as problem:
            raise Problem(problem.message, at, None, *problem.notes) from None
        if token == END:
            raise Problem("expected a number or a symbol", at)
        if token == "\\" and is_name(tokens[at + 1]):
            raise Problem(f"'\\{shorten(tokens[at + 1])}' is no parameter of a macro here", at, at + 1)
        if token[:1] == '"' and len(token) == 3:
            raise Problem(f"expected a number, found a string; did you mean '{shorten(token[1])}'?", at)
        raise Problem(f"expected a number or a symbol, found '{shorten(token)}'", at)


def _check_alone(tokens: list[str], at: int) -> None:
    """Raise :class:`Problem` for several characters between single quotes."""
    closed = len(tokens[at]) > 2 and tokens[at][-1] == "'"
    if not closed and tokens[at + 1][:1].isalnum() and tokens[at + 2][:1] == "'":
        note = 'a string is written between double quotes, as "ab"'
        raise Problem("more than one character between single quotes", None, None, note)


Base = Hashable
"""What an address is relative to; None for plain numbers. Addresses of equal bases can be subtracted and compared."""

Locate = Callable[[Symbol], tuple[Base, int]]
"""Gives a symbol's base and offset; raises :class:`Problem` if they are not known."""


def compute(expression: Expression, locate: Locate, linked: bool = False) -> tuple[Base, int]:
    """The value of an expression as (base, offset). Raises :class:`Problem` where operands cannot be combined.

    ``linked`` says that offsets are addresses: then distances between different bases are known too.
    """
    stack: list[tuple[Base, int]] = []
    for element in expression.code:
        if isinstance(element, Symbol):
            stack.append(locate(element))
        elif isinstance(element, int):
            stack.append((None, element))
        elif element in _UNARY_OPERATIONS:
            base, value = stack.pop()
            if base is not None:
                raise Problem(f"'{element}' needs a number, not an address")
            stack.append((None, wrap(_UNARY_OPERATIONS[element](value))))
        else:
            right = stack.pop()
            stack.append(_combine(element, stack.pop(), right, linked))
    return stack[0]


def _combine(operator: str, left: tuple[Base, int], right: tuple[Base, int], linked: bool) -> tuple[Base, int]:
    left_base, left_value = left
    right_base, right_value = right
    value = wrap(_BINARY[operator](left_value, right_value))
    if left_base is None and right_base is None:
        return None, value
    if operator == "+" and (left_base is None or right_base is None):
        return (right_base if left_base is None else left_base), value
    if operator == "-" and right_base is None:
        return left_base, value
    if (operator == "-" or operator in _COMPARISONS) and (linked or left_base == right_base):
        return None, value
    if operator == "-" and left_base is not None:
        raise Problem("the distance between these two symbols is not known here")
    raise Problem(f"operator '{operator}' cannot be applied to an address")


def follow(symbol: Symbol, locate: Locate, chain: list[Symbol], linked: bool = False) -> tuple[Base, int]:
    """The value of a symbol that an expression defines; ``chain`` holds the symbols being computed around it.

    Raises :class:`Problem` when the symbol is defined by way of itself.
    """
    assert symbol.expression is not None
    if symbol in chain:
        raise Problem(f"symbol '{symbol.name}' is defined by way of itself")
    if len(chain) >= NESTING_LIMIT:
        raise Problem(f"symbol '{chain[0].name}' is defined by way of more than {NESTING_LIMIT} others")
    chain.append(symbol)
    try:
        return compute(symbol.expression, locate, linked)
    finally:
        chain.pop()
