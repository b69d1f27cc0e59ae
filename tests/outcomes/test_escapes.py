"""Outputs in one line: nothing hidden, and what is shown means the same bytes again."""

from __future__ import annotations

import random

import pytest

from vm.outcomes.escapes import escaped, unescaped

CASES = {
    b"": "", b"a\nb\n": r"a\nb\n", b"\t\r\a\b\f\v": r"\t\r\a\b\f\v", b"\x1b[31m\0": r"\x1b[31m\x00", b"a\\n": r"a\\n",
    "né€".encode(): "né€", b"\xff\xe9": r"\xff\xe9", b" ": r"\x20", b" a b ": r"\x20a b\x20",
    "\x85\u202e\U000e0001".encode(): r"\u0085\u202e\U000e0001", "\x85".encode("latin-1"): r"\x85",
}  # fmt: skip


@pytest.mark.parametrize(("data", "text"), CASES.items())
def test_bytes_are_shown_in_one_printable_line(data: bytes, text: str) -> None:
    assert escaped(data) == text
    assert text.isprintable()


def test_what_is_shown_means_the_same_bytes() -> None:
    rng = random.Random(0)
    alphabets = [bytes(range(256)), b"ab\n\\x0", "aé€\u2028\U0001f600\n".encode()]
    for _ in range(2000):
        data = bytes(rng.choices(rng.choice(alphabets), k=rng.randrange(12)))
        assert unescaped(escaped(data)) == data, data


def test_escapes_of_c_and_the_shell_are_understood() -> None:
    assert unescaped(r"\e[0m\101\0\u20ac\"\'\x9z") == "\x1b[0mA\0€\"'\tz".encode()


@pytest.mark.parametrize("text", ["\\", r"a\q", r"\xg", r"\777", r"\ud800", r"\U00110000", r"\u12"])
def test_what_is_no_escape_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no escape; there are"):
        unescaped(text)
