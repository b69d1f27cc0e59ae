"""How the dialects are written: each source gives the bytes of another that GNU would read so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asm import AssemblyError, Source, assemble, assemble_by_signs
from vm.elf import load_image


def contents(text: str, dialect: str) -> dict[str, bytes]:
    assembly = assemble([Source("x.s", text)], dialect=dialect)
    found = {section.name: section.data for section in assembly.sections if section.data}
    if dialect != "gnu":
        found[".text"] = found[".text"][:-16]  # what ends a program
    return found


def errors(text: str, dialect: str) -> list[str]:
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.s", text)], dialect=dialect)
    return [str(diagnostic) for diagnostic in caught.value.diagnostics if diagnostic.severity == "error"]


SAME = [
    ("add a0 a1 a2", "add a0, a1, a2"),
    ("add, a0,, a1 , a2,", "add a0, a1, a2"),
    ("x:y: lw a0 -4(sp)", "lw a0, -4(sp)"),
    ("lw a0 (a1)", "lw a0, 0(a1)"),
    ("lw a0 8 ( a1 )", "lw a0, 8(a1)"),
    ("sw a0 4(a1) ; and a0, a0", "sw a0, 4(a1)"),
    ("beq x0 zero 8", "beq x0, zero, 8"),
    ("li a0 -1", "li a0, -1"),
    ("li a0 'x'", "li a0, 'x'"),
    ("li a0 4 - 2", "li a0, 2"),
    ("lui a0 %hi(4096) # a b c", "lui a0, %hi(4096)"),
    ("amoadd.w a0 a1 (a2)", "amoadd.w a0, a1, (a2)"),
    ("lw a0 0 a1", "lw a0, 0(a1)"),
    ("lw a0, 0x10010004", "lui a0, 0x10010\nlw a0, 4(a0)"),
    ("lbu a0, -4", "lbu a0, -4(zero)"),
    ("sw a0, 0x1001fffc, t0", "lui t0, 0x10020\nsw a0, -4(t0)"),
    ("b 8", "j 8"),
    (".data\n.byte 1\n.word 2 3\n.half 4\n.byte 5:3\n", ".data\n.byte 1,0,0,0\n.word 2,3\n.half 4\n.byte 5,5,5\n"),
    (".data\n.word 1,\n2 3\n-4\n", ".data\n.word 1, 2, 3, -4\n"),
    (".data\nx: 5\n.text\nnop\n.data\n6, 7", ".data\n.word 5, 6, 7\n.text\nnop"),
    (".data\n.align 0\n.byte 1\n.word 2\n.data\n.byte 3\n.word 4", ".data\n.byte 1\n.4byte 2\n.byte 3,0,0\n.4byte 4"),
    (".data\n.byte 7\n.data 0x10010008\n.byte 8", ".data\n.byte 7,0,0,0,0,0,0,0,8"),
    (".data\n.float 1.5, -2\n.double 0.25", ".data\n.4byte 0x3fc00000, 0xc0000000\n.8byte 0x3fd0000000000000"),
    (".eqv SIZE 4 * 3\n.eqv WIDE SIZE + 1\nli a0, WIDE # SIZE", "li a0, 13"),
    (".eqv counter s3\nadd counter counter a0", "add s3, s3, a0"),
    ('.eqv a 1\n.data\n.ascii "a a"', '.data\n.ascii "a a"'),
    (".macro m\nnop\n.end_macro\nm\nm()\n", "nop\nnop"),
    (".macro m (%a, %b)\nli %a, %b\n.end_macro\nm (a0, -3)\nm a1 5\n", "li a0, -3\nli a1, 5"),
    (".macro m %a\nj %a\nj l\nl: nop\n.end_macro\nx: m(x)\nm(l)\nl: nop", "x: j x\nj 4\nnop\nj 12\nj 4\nnop\nnop"),
    (".macro m (%a)\nnop\n.end_macro\n.macro m (%a, %b)\nret\n.end_macro\nm(1, 2)\nm(1)", "ret\nnop"),
    ('.macro s (%t)\n.data\n.ascii %t\n.text\n.end_macro\ns ("a, (b")', '.data\n.ascii "a, (b"'),
    (".section .rodata\n.byte 1\n.section .text\nnop", ".data\n.byte 1\n.text\nnop"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), SAME)
def test_rars(text: str, meaning: str) -> None:
    ours, gnu = contents(text, "rars"), contents(meaning, "gnu")
    assert ours.get(".text", b"") == gnu.get(".text", b"")
    assert ours.get(".data", b"") == gnu.get(".data", b"")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("seq a0 a1 a2", "sub a0, a1, a2\nsltiu a0, a0, 1"),
        ("sne a0 a1 a2", "sub a0, a1, a2\nsltiu a0, a0, 1\nxori a0, a0, 1"),
        ("sge a0 a1 a2", "slt a0, a1, a2\nxori a0, a0, 1"),
        ("sleu a0 a1 a2", "sltu a0, a2, a1\nxori a0, a0, 1"),
        (".data\n.byte 1\n.word 2 3\n.asciiz \"a b\"", ".data\n.byte 1\n.4byte 2, 3\n.asciz \"a b\""),
        ("#define N 5\nli a0 N\n# define N 6\nli a0 N", "li a0, 5\nli a0, 5"),
    ],
)  # fmt: skip
def test_venus(text: str, meaning: str) -> None:
    ours, gnu = contents(text, "venus"), contents(meaning, "gnu")
    assert ours.get(".text", b"") == gnu.get(".text", b"")
    assert ours.get(".data", b"") == gnu.get(".data", b"")


def test_messages_point_at_what_was_written() -> None:
    [message] = errors("start: sw  a0 4(a9)\n", "venus")
    assert "x.s:1:17: error: unknown register 'a9'" in message
    assert "    1 | start: sw  a0 4(a9)\n" in message
    [message] = errors(".eqv LIMIT 5000\naddi a0 a0 LIMIT\n", "rars")
    assert "x.s:2:" in message
    assert "immediate 5000 does not fit" in message
    [message] = errors(".macro m (%a)\nli %a, 1\n.end_macro\nm (k0)\n", "rars")
    assert "unknown register 'k0'" in message
    assert "in macro 'm', used at x.s:4" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".macro m (%a)\nnop\n", "no .end_macro closes this"),
        (".macro m (a)\nnop\n.end_macro\n", "a parameter begins with %, 'a' does not"),
        (".macro m (%a, %a)\nnop\n.end_macro\n", "parameter '%a' is named twice"),
        (".macro m\nnop\n.end_macro\nm (1)\n", "macro 'm' takes 0 arguments, not 1"),
        (".macro m\n.end_macro\n.macro m\n.end_macro\n", "macro 'm' with 0 parameters is already defined"),
        (".eqv X\n", "'X' needs something to stand for"),
        (".data 0x1000\n", "data begins at 0x10010000"),
        (".data 0x10010010\n.data 0x10010000\n", ".data cannot go back to 0x10010000: it has come to 0x10010010"),
        (".data 0x7f000000\n", "the image would hold more than 64 MiB of data"),
        (".data\n.word 1:0\n", "a count of 0 is not positive"),
        (".data\n.word 1:99999999\n", "the image would hold more than 64 MiB of data"),
        ("sw a0, 0x10010000\n", "a store to 0x10010000 needs a register for the address"),
        (".import \"x\"\n", "unknown directive '.import'"),
    ],
)  # fmt: skip
def test_mistakes(text: str, message: str) -> None:
    assert message in errors(text, "rars")[0]


def test_what_grows_by_names_and_macros_is_bounded() -> None:
    doubling = "".join(f".eqv X{n + 1} X{n} + X{n}\n" for n in range(40))
    assert "more than" in errors(f".eqv X0 1\n{doubling}li a0, X40\n", "rars")[-1]
    assert "nested more than" in errors(".macro m\nm\n.end_macro\nm\n", "rars")[-1]


def test_imports_in_a_circle_and_absent_ones() -> None:
    files = {"a.s": ".import b.s\nnop\n", "b.s": ".import a.s\n.import c.s\nret\n"}

    def read(name: str) -> str:
        if name not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[name]

    with pytest.raises(AssemblyError) as caught:
        assemble([Source("a.s", files["a.s"])], dialect="venus", read_include=read)
    assert "b.s:2:1: error: cannot import 'c.s': No such file or directory" in str(caught.value)
    files["c.s"] = "nop\n"
    assembly = assemble([Source("a.s", files["a.s"])], dialect="venus", read_include=read)
    assert len(assembly.sections[0].data) == 3 * 4 + 16


@pytest.mark.parametrize(
    ("text", "dialect", "sign"),
    [
        (".eqv A 1\nli a0, A\n", "rars", "x.s:1: note: .eqv"),
        ("nop\n.macro m (%a)\nnop\n.endm\n", "rars", "x.s:2: note: a macro's parameter with %"),
        ("nop\nadd a0 a1 a2\n", "venus", "x.s:2: note: operands without commas"),
        ("li a7 10\necall\n", "rars", "x.s:1: note: operands without commas"),
        ("main: lw a0 0(a1)\n", "venus", "x.s:1: note: operands without commas"),
        ("addi a0, x0 9\nadd a1 a0 a0\nli a7, 0x61cff61c\n", "venus", "x.s:2: note: operands without commas"),
        (".equ EXIT, 10\naddi a0, x0 9\nli a7 EXIT\n", "rars", "x.s:3: note: operands without commas"),
        ("li a7, 1\naddi, a0, a0, 1\n", "rars", "x.s:2: note: a comma behind the instruction"),
        (".import lib.s\n", "venus", "x.s:1: note: .import"),
        (".data\n.word 0 : 4\n", "rars", "x.s:2: note: a value repeated by a colon"),
        ("li a7, 4\nla a0, x\nmv a1 a0\nx: ecall\n", "rars", "x.s:3: note: operands without commas"),
        ("# .eqv A 1\nnop\n", "gnu", ""),
        (".eqv = 1\nadd a0, a0, a1\n", "gnu", ""),
        (".macro m a\nli \\a, 10 % 3\n.endm\nm a0\n", "gnu", ""),
        ("/*\n.eqv A 1\n*/ nop\n", "gnu", ""),
    ],
)  # fmt: skip
def test_a_dialect_is_guessed_where_gnu_s_rules_do_not_fit(text: str, dialect: str, sign: str) -> None:
    assembly = assemble_by_signs([Source("x.s", text)], read_include=lambda name: "nop\n")
    note = load_image(assembly.image).note
    assert (note.dialect if note is not None else "gnu", assembly.guess.partition(": read as")[0]) == (dialect, sign)


def test_errors_come_with_the_guess_if_there_is_one() -> None:
    for text, guess in (("foo\n", ""), (".eqv A 1\nfoo\n", "x.s:1: note: .eqv: read as rars's")):
        with pytest.raises(AssemblyError) as caught:
            assemble_by_signs([Source("x.s", text)])
        assert caught.value.guess.partition(" (")[0] == guess
        assert [diagnostic.message for diagnostic in caught.value.diagnostics] == ["unknown instruction 'foo'"]


COMPLAINT = "expected ',', found '"


def test_a_forgotten_comma_makes_no_program_another_dialect_s() -> None:
    """Neither do the first nor the last of a program's, in each of ours."""
    for path in sorted((Path(__file__).parents[3] / "programs").glob("*.s")):
        text = path.read_text()
        commas = [match.end() for match in re.finditer(r"^ +[a-z]+ +[ast]\d(?=, )", text, re.MULTILINE)]
        for at in {*commas[:1], *commas[-1:]}:
            with pytest.raises(AssemblyError) as caught:
                assemble_by_signs([Source("x.s", f"{text[:at]} {text[at + 2 :]}")])
            found = caught.value.diagnostics[0]
            assert (caught.value.guess, found.line) == ("", text.count("\n", 0, at) + 1), path
            assert found.message.startswith(COMPLAINT)


@pytest.mark.parametrize(
    "text",
    [
        "add a0, a1, a2\nadd a0 a1, a2\n",
        "add a0, a1, a2\nmv a0 a1\nmv a1, a0\n",
        "_start: li a0 1\n",
        ".globl _start\nli a0 1\n",
        "li a7 221\necall\n",
        ".section .rodata\n.text\nli a0 1\n",
        ".option norelax\nli a0 1\n",
        ".equ SYS_write, 64\nli a0 1\n",
    ],
)
def test_a_slip_is_no_dialect(text: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble_by_signs([Source("x.s", text)])
    assert caught.value.guess == ""
    assert caught.value.diagnostics[0].message.startswith(COMPLAINT)


def test_a_source_with_a_call_of_linux_alone_is_no_simulator_s() -> None:
    text = ".eqv N 1\nli a7, 221\necall\n"
    with pytest.raises(AssemblyError) as caught:
        assemble_by_signs([Source("x.s", text)])
    assert caught.value.guess == ""
    assert assemble_by_signs([Source("x.s", text.replace("221", "93"))]).guess


def test_a_weak_sign_does_not_change_how_errors_are_told() -> None:
    text = '.data\nx: .asciiz "a"\n.text\nfoo\n'
    with pytest.raises(AssemblyError) as caught:
        assemble_by_signs([Source("x.s", text)])
    messages = [diagnostic.message for diagnostic in caught.value.diagnostics]
    assert (caught.value.guess, messages) == (
        "", ["unknown directive '.asciiz'; did you mean '.asciz'?", "unknown instruction 'foo'"],
    )  # fmt: skip
    with pytest.raises(AssemblyError) as caught:
        assemble_by_signs([Source("x.s", f"{text}li a7, 4\n")])
    assert caught.value.guess.startswith("x.s:2: note: .asciiz: read as rars's")
    assert len(caught.value.diagnostics) == 1


def test_what_is_said_beats_what_is_guessed() -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble_by_signs([Source("x.s", ".eqv A 1\n")], "gnu")
    assert caught.value.guess == ""
    assert load_image(assemble_by_signs([Source("x.s", "nop\n")], "rars").image).note is not None
