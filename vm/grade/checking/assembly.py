"""Operators on sources in assembly, whose words are the assembler's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from asm.lexer import TOKEN, is_name
from vm.grade.checking.changes import Change
from vm.values import dataclass

_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)')
_OPPOSITE = {
    one: other
    for pair in ("beq bne", "beqz bnez", "blt bge", "bltu bgeu", "bgt ble", "bgtu bleu", "bltz bgez", "bgtz blez")
    for one, other in (pair.split(), pair.split()[::-1])
}
_FORKS = {"SYS_fork": "SYS_vfork", "SYS_vfork": "SYS_fork", "1079": "1071", "1071": "1079"}
_NUMBER = re.compile(r"0|[1-9]\d*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statement:
    """An instruction, or a directive: its words, without labels and comments, and where they begin."""

    words: tuple[str, ...]
    starts: tuple[int, ...]

    def change(self, at: int, after: str) -> Change:
        """The word at a place becomes ``after``."""
        return Change(self.starts[at], self.starts[at] + len(self.words[at]), after)


Find = Callable[[Sequence[Statement]], Iterator[Change]]
"""An operator of mutation, as :data:`vm.grade.checking.changes.Find` is one for C."""


def statements(text: str) -> list[Statement]:
    """The statements of a source in assembly, in their order."""
    found: list[Statement] = []
    at = 0
    for line in _COMMENT.sub(_blank, text).split("\n"):
        words: list[tuple[str, int]] = []
        for token in TOKEN.finditer(line):
            words.append((token.group(), at + token.start()))
            if token.group() == ";":
                _add(found, words[:-1])
            if token.group() == ";" or (token.group() == ":" and len(words) == 2):
                words.clear()
        _add(found, words)
        at += len(line) + 1
    return found


def _blank(found: re.Match[str]) -> str:
    return found.group() if found.group().startswith('"') else re.sub(r"[^\n]", " ", found.group())


def _add(found: list[Statement], words: Sequence[tuple[str, int]]) -> None:
    if words and is_name(words[0][0]):
        texts, starts = zip(*words, strict=True)
        found.append(Statement(texts, starts))


def branch(statements: Sequence[Statement]) -> Iterator[Change]:
    """A branch is taken when it should not be, and not when it should."""
    for each in statements:
        if each.words[0] in _OPPOSITE:
            yield each.change(0, _OPPOSITE[each.words[0]])


def fork_kind(statements: Sequence[Statement]) -> Iterator[Change]:
    """``vfork`` for ``fork``, and the other way round."""
    for each in statements:
        if each.words[0] == "li" and each.words[-1] in _FORKS:
            yield each.change(len(each.words) - 1, _FORKS[each.words[-1]])


def constant(statements: Sequence[Statement]) -> Iterator[Change]:
    """A number that is one too large."""
    for each in statements:
        last = len(each.words) - 1
        is_value = each.words[0] in ("li", "addi", "slti", "sltiu", "andi", "ori") or each.words[0] in (".equ", ".set")
        if is_value and _NUMBER.fullmatch(each.words[last]) and each.words[last] not in _FORKS and last > 1:
            yield each.change(last, str(int(each.words[last][:20]) + 1))


def string(statements: Sequence[Statement]) -> Iterator[Change]:
    """A text with another letter at its beginning."""
    for each in statements:
        if each.words[0] in (".ascii", ".asciz", ".string"):
            for at, word in enumerate(each.words):
                if len(word) > 2 and word[0] == '"' and word[1].isascii() and word[1].isalnum():
                    letter = chr(ord(word[1]) + 1) if word[1] not in "zZ9" else word[1] * 2
                    yield each.change(at, '"' + letter + word[2:])


def no_call(statements: Sequence[Statement]) -> Iterator[Change]:
    """A system call, or a call of a function, is left out."""
    yield from _without(statements, lambda name: name in ("ecall", "call", "jal"))


def no_instruction(statements: Sequence[Statement]) -> Iterator[Change]:
    """Another instruction is left out."""
    yield from _without(statements, lambda name: name[0] != "." and name not in ("ecall", "call", "jal"))


def _without(statements: Sequence[Statement], is_meant: Callable[[str], bool]) -> Iterator[Change]:
    for each in statements:
        if is_meant(each.words[0]):
            yield Change(each.starts[0], each.starts[-1] + len(each.words[-1]), "")
