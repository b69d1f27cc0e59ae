"""Sources that nobody would write end in an error, soon and in little memory; nothing raises anything else."""

from __future__ import annotations

import random
import re
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from statements import Writer

from asm import AssemblyError, Source, assemble
from asm.limits import Limits, SmallLimits

HERE = Path(__file__).parent
SEEDS = [
    *(path.read_text() for path in sorted((HERE.parents[1] / "programs").glob("*.s"))),
    *(path.read_text() for path in sorted(HERE.glob("**/*.s"))),
    Writer(1, 60).source(),
]
WORDS = sorted({word for text in SEEDS for word in re.findall(r"\S+|[\w.]+", text)})
STRANGE = "()\\\"'#/*;:,%+-.@=\0\x0b\x0c\t\r\xff\u20ac\ud800019abfx"

HOSTILE = {
    "repeat": ".rept 1000000000\nnop\n.endr",
    "empty repeat": ".rept 1000000000\n.endr",
    "nested repeats": ".rept 1000\n.rept 1000\n.rept 1000\n.endr\n.endr\n.endr",
    "long repeated lines": ".rept 400000\n.word " + ",".join(["1"] * 500) + "\n.endr",
    "values": ".irp x, " + ",".join("1" * 2000) + "\n.irp y, " + ",".join("1" * 2000) + "\nnop\n.endr\n.endr",
    "space": ".data\n.space 0x7fffffff",
    "spaces": ".data\n" + ".space 0x3ffffff\n" * 3,
    "unallocated": ".bss\n.space 0x7effffff\n.space 0x7effffff",
    "huge space": ".data\n.space 0x7fffffffffffffff",
    "fill": ".data\n.fill 0x7fffffff, 8, 1",
    "org": "beq a0, a1, x\n.org 0x7fffffff\nx:",
    "alignments": "beq a0, a1, 4\n" + "nop\n.p2align 16\n" * 3000,
    "commons": "\n".join(f".comm c{number}, 0x1000000" for number in range(1000)),
    "include": '.include "self.s"',
    "recursion": ".macro m\nm\n.endm\nm",
    "double recursion": ".macro m\nm\nm\n.endm\nm",
    "growing argument": ".macro m x\nm \\x\\x\n.endm\nm aaaa",
    "growing statements": '.macro m x\nm "\\x;\\x;\\x;\\x"\n.endm\nm "nop"',
    "wide line": '.macro m x\n.ascii "' + "\\x" * 10000 + '"\n.endm\nm ' + "a" * 100000,
    "parentheses": ".word " + "(" * 100000 + "1" + ")" * 100000,
    "signs": ".word " + "-" * 100000 + "1",
    "deep precedence": "x: .word " + "1||x&&1==1+1|1*(" * 64 + "1" + ")" * 64,
    "chain of symbols": "\n".join(f".set a{n}, a{n + 1} + a{n + 1}" for n in range(5000)) + "\n.word a0",
    "symbols that double": "\n".join(f".set a{n}, a{n + 1} + a{n + 1}" for n in range(60)) + "\n.word a0\na60:",
    "circle of symbols": ".set a, b\n.set b, a\n.word a\n.space a\nbeq a0, a1, a",
    "errors": "foo\n" * 100000,
    "different errors": "\n".join(f"addix{number} a0" for number in range(5000)),
    "undefined symbols": "\n".join(f"j foo{number}" for number in range(5000)),
    "digits": ".word " + "9" * 1000000,
    "conditions": ".if 1\n" * 100000,
    "block comments": "/*" * 100000,
    "quotes": '"' * 100000,
    "sizes that depend on each other": "x: beq a0, a1, y\n.space 4096 - (y - x)\ny:",
    "sections": "\n".join(f'.section .s{number}, "a"\n.word 1' for number in range(2000)),
    "names like many others": "".join(f"label{n}: nop\n" for n in range(10_000))
    + "".join(f"j labal{n}\n" for n in range(100)),
    "undefined names in one line": ".word " + ",".join(f"a{n}x" for n in range(35_000)),
    "a macro of many parameters, often": ".macro m "
    + ",".join(f"p{n}" for n in range(35_000))
    + "\n.endm\n.rept 10000\nm\n.endr",
    "undefined names": "".join(f"j a{n}x\n" for n in range(20_000)),
    "pushed sections": ".pushsection .data\n" * 100000,
}

HARMLESS = {
    "semicolons": ";" * 1000000,
    "statements in one line": "nop;" * 50000,
    "sum": ".word " + "1+" * 100000 + "1",
    "sum of symbols": "x: .word " + "x-x+" * 100000 + "1",
    "name": "a" * 1000000 + ": j " + "a" * 1000000,
    "skipped conditions": ".if 0\n" * 50000 + ".endif\n" * 50000,
    "strings": ".ascii " + '"a" ' * 50000,
    "far branches": "beq a0, a1, end\n" * 20000 + "end:",
    "cascade of branches": "\n".join(f"l{n}: beq a0, a1, l{min(n + 1024, 19999)}" for n in range(20000)),
    "sizes that move each other": ".org . + 1\n" * 100_000,
    "a macro of many parameters": ".macro m " + ",".join(f"p{n}" for n in range(10_000)) + "\n.endm\nm " + "1," * 9_999,
    "warnings": '.warning "x"\n' * 100_000,
    "labels in pairs": "1: j 1b\nj 1f\n" * 20000 + "1:",
}


def read_self(name: str) -> str:
    if name != "self.s":
        raise FileNotFoundError(2, "No such file or directory")
    return '.include "self.s"\n' * 2


def attempt(text: str) -> str:
    """Assemble; the rendered error, or the listing."""
    try:
        return assemble([Source("x.s", text)], read_include=read_self).listing()
    except AssemblyError as error:
        return str(error)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_source_is_refused(name: str) -> None:
    start = time.process_time()
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.s", HOSTILE[name])], read_include=read_self)
    assert len(str(caught.value)) < 1_000_000
    assert time.process_time() - start < 30


@pytest.mark.parametrize("name", HARMLESS)
def test_large_source_is_accepted(name: str) -> None:
    start = time.process_time()
    assert assemble([Source("x.s", HARMLESS[name])]).image
    assert time.process_time() - start < 30


CHAIN = "\n".join(f".set a{n + 1}, a{n} + 1" for n in range(100))


@pytest.mark.parametrize(
    ("limit", "text", "message"),
    [
        ("TEXT", " " * ((1 << 20) + 1), "x.s: error: the sources have more than 1 MiB of text"),
        ("STATEMENTS", "nop\n" * 1001, "x.s: error: the sources have more than 1,000 statements"),
        ("STATEMENTS", "nop;" * 1001, "x.s: error: the sources have more than 1,000 statements"),
        ("LINES", ".rept 1001\nnop\n.endr", "macros, repeats and includes add more than 1000 lines"),
        (
            "STEPS",
            "\n".join(f".set a{n + 1}, a{n} + 1" for n in range(100)),
            "values of symbols are looked up more than 1,000 times",
        ),
    ],
)
def test_what_sources_may_use_is_told(limit: str, text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, limit, 1 << 20 if limit == "TEXT" else 1000)
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.s", text)])
    assert message in str(caught.value)
    assert len(caught.value.diagnostics) == 1


def test_sources_share_what_they_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "STATEMENTS", 1000)
    half = Source("x.s", "nop\n" * 501)
    with pytest.raises(AssemblyError, match="more than 1,000 statements"):
        assemble([half, half])


STAGES = {
    "read": "nop\n" * 100,
    "read, of lines left out": ".if 0\n" + "nop\n" * 100 + ".endif",
    "read, of repeats of nothing": ".irpc x, " + "1" * 1000 + "\n.endr",
    "read, of one line": ".word " + "1," * 1000 + "1",
    "read, of a call": ".macro m x:vararg\n.endm\nm " + "1 " * 1000,
    "absolute": "y: z: .word " + "y-z+" * 1000 + "1\n",
    "lay_out": "beq a0, a1, x\n" * 100 + "x:",
    "sections": ".word " + "x-1," * 1000 + "1\nx:",
    "symbols": "".join(f"x{n}: " for n in range(1000)),
    "_rows": "nop\n" * 1000,
    "suggest": "".join(f"label{n}: " for n in range(1000)) + "\n j labal",
    "report": "".join(f"j x{n}\n" for n in range(200)),
}
"""Where the time goes, and a source that takes it there."""


class Ended(Exception):
    """There is no more time."""


@pytest.mark.parametrize("stage", STAGES)
def test_somebody_may_say_at_any_time_that_it_is_enough(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asm.limits._AT_ONCE", 200)
    where = stage.partition(",")[0]

    def pulse() -> None:
        frame = sys._getframe()
        while (caller := frame.f_back) is not None:
            frame = caller
            if frame.f_code.co_name == where:
                raise Ended

    with pytest.raises(Ended):
        assemble([Source("x.s", STAGES[stage])], limits=Limits(pulse))


def test_what_a_program_has_written_may_use_less() -> None:
    fits = ".rept 40000\nnop\n.endr\n.data\n.space 0xffffff"
    assert assemble([Source("x.s", fits)], limits=SmallLimits()).image
    for text in (".rept 60000\nnop\n.endr", ".space 0x1000001", '.rept 5000\n.ascii "' + "x" * 200 + '"\n.endr'):
        assert assemble([Source("x.s", text)]).image
        with pytest.raises(AssemblyError, match=r"more than (50000 lines|16 MiB of data|512 KiB of text)"):
            assemble([Source("x.s", text)], limits=SmallLimits())


def test_only_the_first_warnings_are_kept() -> None:
    assert len(assemble([Source("x.s", HARMLESS["warnings"])]).warnings) == 1001  # and that there is no _start


@pytest.mark.parametrize("name", ["repeat", "space", "growing argument", "parentheses", "symbols that double"])
def test_hostile_source_takes_little_memory(name: str) -> None:
    tracemalloc.start()
    with pytest.raises(AssemblyError):
        assemble([Source("x.s", HOSTILE[name])])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 << 20


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=200))
@example('\ud800: .ascii "\ud800"')
@example("\0")
@example("x: .byte 1\n.set y, x\n.byte y-z")
def test_any_text_gives_an_image_or_errors(text: str) -> None:
    attempt(text)


def mutate(choose: random.Random, text: str) -> str:
    """A few lines changed: characters put in, words exchanged, lines moved, cut and dropped."""
    lines = text.split("\n")
    for _ in range(choose.randint(1, 8)):
        place = choose.randrange(len(lines))
        line = lines[place]
        column = choose.randrange(len(line) + 1)
        match choose.randrange(6):
            case 0:
                lines[place] = line[:column] + choose.choice(STRANGE) + line[column + choose.randint(0, 1) :]
            case 1:
                lines.insert(place, choose.choice(lines))
            case 2:
                words = line.split(" ")
                words[choose.randrange(len(words))] = choose.choice(WORDS)
                lines[place] = " ".join(words)
            case 3:
                lines[place] = " ".join(choose.choice(WORDS) for _ in range(choose.randint(1, 8)))
            case 4:
                lines[place] = f"{line} {choose.choice(WORDS)}"
            case _:
                lines[place] = line[:column]
    return "\n".join(lines)


def fuzz(seed: int, count: int) -> None:
    choose = random.Random(seed)
    for _ in range(count):
        assert attempt(mutate(choose, choose.choice(SEEDS)))
        attempt(bytes(choose.choices(range(256), k=choose.randrange(200))).decode("utf-8", "surrogateescape"))


def test_mutated_sources() -> None:
    fuzz(1, 300)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_mutated_sources(seed: int) -> None:
    fuzz(seed, 2000)
