"""What is no assembly for this machine is told in one line that says what it is."""

from __future__ import annotations

import pytest

from asm import AssemblyError, Source, assemble

LANGUAGES = {
    "C": (
        '#include <stdio.h>\nint main(void) {\n    puts("hi");\n    return 0;\n}\n', 1,
        "this is C, not assembly: forklore run and forklore cc compile files named .c",
    ),
    "C without an include": ("/* a */\nint f(int x) {\n  if (x) { return 1; }\n  return x;\n}\n", 2, "this is C"),
    "AT&T": (".globl main\nmain:\n pushq %rbp\n movq %rsp, %rbp\n movl $0, %eax\n popq %rbp\n ret\n", 3, "for x86;"),
    "Intel": ("section .text\nglobal _start\n_start:\n mov eax, 4\n mov ebx, 1\n mov ecx, msg\n", 4, "for x86;"),
    "MIPS": (".text\nmain: li $v0, 4\n la $a0, msg\n syscall\n li $v0, 10\n add $t0, $t1, $t2\n", 2, "for MIPS;"),
    "ARM": (".global _start\n_start: mov r0, #1\n ldr r1, =msg\n mov r7, #4\n svc 0\n", 2, "for ARM;"),
    "ARM64": (".global _start\n_start: mov x0, #1\n adr x1, msg\n mov x8, #64\n svc #0\n", 2, "for ARM;"),
    "another one": (
        "; hello\n org 100\nstart ldx #Message\nloop lda ,x+\n cmpa #255\n beq done\n jsr print\n rts\n", 1,
        "this is no assembly for RISC-V: most of its instructions are unknown",
    ),
    "defined": ("\n#define N 5\nli a0, N\n", 2, "#define is for the C preprocessor, and a comment here"),
    "included": ('# a\n  #include "x.h"\nli a0, N\n', 2, "#include is for the C preprocessor"),
    "conditional": ("#ifdef A\nx: nop\n#else\nx: nop\n#endif\n", 1, "a file that needs it is named .S"),
}  # fmt: skip


@pytest.mark.parametrize("name", LANGUAGES)
def test_another_language(name: str) -> None:
    text, line, message = LANGUAGES[name]
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.s", text)])
    [error] = caught.value.diagnostics
    assert error.line == line
    assert message in error.message


@pytest.mark.parametrize(
    "text",
    [
        "li a0, 5\nfoo a0\n",
        "jr $ra\n",
        "# if this fails, see below\nfoo\n",
        "#include is what C has\nadii a0, a0, 1\n",
        "#define N 5\nadii a0, a0, 1\n",
        "mv a0, a1; bar; }\n",
    ],
)
def test_a_source_with_mistakes_is_one(text: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.s", text)])
    assert not any(word in str(caught.value) for word in ("preprocessor", "is assembly for", "is C"))


def test_a_name_says_the_language() -> None:
    for name, message in (
        ("c1.c", "this is C, not assembly: forklore run c1.c runs it, forklore cc c1.c compiles it"),
        ("c1.cpp", "this is C++, not assembly: C++ is not compiled here"),
        ("c1.h", "this is C, not assembly"),
    ):
        with pytest.raises(AssemblyError) as caught:
            assemble([Source(name, "#include <stdio.h>\nint main(void) {}\n")])
        [error] = caught.value.diagnostics
        assert (error.line, error.message) == (2, message)


def test_a_source_that_assembles_is_never_another_language() -> None:
    assert assemble([Source("x.s", "#include <stdio.h>\n#define x 5\n#ifdef y\n#endif\nint: nop # {\nj int # };\n")])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\1\1\1" + bytes(9) + b"\1\0\xf3\0", "an ELF object file: sources are assembled and linked at once"),
        (b"\x7fELF\1\1\1" + bytes(9) + b"\2\0\xf3\0", "an ELF executable: forklore run runs it"),
        (b"\x7fELF", "an ELF file"),
        (b"!<arch>\nx/", "an archive of object files"),
        (b"PK\3\4", "a zip archive"),
        (b"%PDF-1.4", "a PDF document"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"a\0b", "a binary file: it has bytes that are zero"),
    ],
)
def test_a_binary_file(data: bytes, message: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.o", data.decode("utf-8", "surrogateescape"))])
    [error] = caught.value.diagnostics
    assert str(error).startswith(f"x.o: error: this is no source, but {message}")


PLAIN = '.globl _start\n_start: li a0, 5\n .asciz "caf\u00e9" # \u2014\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    data = PLAIN.replace("\n", end).encode(encoding)
    ours = assemble([Source("x.s", data.decode("utf-8", "surrogateescape"))])
    assert ours.sections == assemble([Source("x.s", PLAIN)]).sections


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("addi a0, a0, \u22125", 14, "'\u2212' (U+2212, minus sign) stands where '-' is meant"),
        ("addi a0, a0, \u20135", 14, "'\u2013' (U+2013, en dash) stands where '-' is meant"),
        ("  .asciz \u201chello\u201d", 10, "(U+201C, left double quotation mark) stands where '\"' is meant"),
        ("li a0, \u2018a\u2019", 8, "(U+2018, left single quotation mark) stands where ''' is meant"),
        ("li\u00a0a0, 5", 3, "something invisible (U+00A0, no-break space) stands where a plain space is meant"),
        ("li\u200b a0, 5", 3, "something invisible (U+200B, zero width space) stands where nothing is meant"),
    ],
)
def test_characters_of_documents(line: str, column: int, message: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble([Source("x.s", f"nop\n{line}\n")])
    [error] = caught.value.diagnostics
    assert (error.line, error.column) == (2, column)
    assert message in error.message
