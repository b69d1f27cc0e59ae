"""What is no assembly for this machine: other languages, other processors. One line says so.

They are guessed, and only when a source cannot be assembled: a source that can is never taken for anything else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from .beginnings import binary
from .diagnostics import Diagnostic
from .source import Source, plain


def explain(source: Source, diagnostics: Sequence[Diagnostic]) -> Diagnostic | None:
    """The one thing to say of a source with errors that is no assembly for this machine; None if it may be."""
    wrong = [(said.line, said.message) for said in diagnostics if said.severity == "error" and said.file == source.name]
    text = plain(source.text[:_LOOKED_AT])
    lines = text.splitlines()
    wrong = [(line, message) for line, message in wrong if 0 < line <= len(lines)]
    if "\0" in text and not binary(source.text):
        return Diagnostic(source.name, 0, 1, 1, "this is no source, but a binary file: it has bytes that are zero", "")
    cause = (
        named(source.name, [line for line, _ in wrong])
        or language(lines, [line for line, _ in wrong])
        or preprocessor(lines, wrong, source.name)
        or nothing_known(lines, wrong)
    )
    if not wrong or cause is None:
        return None
    line, message = cause
    shown = lines[line - 1]
    indent = len(shown) - len(shown.lstrip())
    return Diagnostic(source.name, line, indent + 1, len(shown.rstrip()) + 1, message, shown)


_LOOKED_AT = 1 << 20
"""Characters of a source that are looked at; its lines then are as many as a source of a million characters has."""

_STATEMENT = re.compile(r"(?:\s*[\w.$]+:)*\s*([A-Za-z][\w.]*)\s+([^#;@]*)")

_X86 = frozenset((
    "mov", "movl", "movq", "movb", "movw", "movabs", "movzx", "movsx", "movzbl", "push", "pushl", "pushq", "pop",
    "popl", "popq", "lea", "leal", "leaq", "add", "addl", "addq", "sub", "subl", "subq", "xor", "xorl", "xorq",
    "cmp", "cmpl", "cmpq", "test", "testl", "inc", "incl", "dec", "decl", "imul", "idiv", "shl", "shr", "call",
    "jmp", "je", "jne", "int",
))  # fmt: skip
_ARM = frozenset((
    "mov", "movs", "movw", "movt", "movz", "movk", "mvn", "ldr", "ldrb", "ldrh", "str", "strb", "strh", "ldp", "stp",
    "ldm", "stm", "ldmia", "stmdb", "push", "pop", "add", "adds", "sub", "subs", "cmp", "cmn", "bl", "blx", "bx",
    "adr", "adrp", "svc", "swi", "cbz", "cbnz", "lsl", "lsr", "orr", "eor", "and", "mul", "madd", "udiv",
))  # fmt: skip
_MIPS = frozenset((
    "la", "li", "lw", "sw", "lb", "sb", "move", "add", "addi", "addiu", "addu", "sub", "subu", "mul", "beq", "bne",
    "beqz", "bnez", "j", "jr", "jal", "mfhi", "mflo",
))  # fmt: skip
_ISAS = (
    (
        "x86", _X86,
        re.compile(r"%?\b(?:[er]?[abcd]x|[er][sd]i|[er][sb]p|r(?:8|9|1[0-5])[dwb]?|[abcd][lh]|xmm\d+)\b|^\s*0x80\b"),
    ),
    ("ARM", _ARM, re.compile(r"\b(?:r(?:1[0-5]|\d)|lr|w(?:[12]?\d|30|zr)|x(?:[12]?\d|30|zr)|wsp)\b")),
    ("MIPS", _MIPS, re.compile(r"\$(?:zero|at|v[01]|a[0-3]|t\d|s[0-7]|k[01]|gp|sp|fp|ra|\d+)\b")),
)  # fmt: skip
"""Processors, some of their mnemonics, and their registers."""

_C = re.compile(
    r"\s*(?:#\s*include\s*<|(?:static |extern |const |unsigned |inline )*(?:int|void|char|long|short|float|double"
    r"|size_t|struct \w+|FILE)\s+\**\w+\s*(?:\(|=|;|\[)|using namespace |class \w+|return\b[^#]*;|}"
    r"|(?:if|for|while) ?\()"
)
_CODE_ENDS = re.compile(r"[;{}]\s*(?://.*|/\*.*)?$")


_COMPILED = {
    **dict.fromkeys((".c", ".h"), "C"), **dict.fromkeys((".cpp", ".cc", ".cxx", ".c++", ".C", ".hpp"), "C++"),
}  # fmt: skip
"""Languages by the suffixes of files."""


def named(name: str, wrong: Sequence[int]) -> tuple[int, str] | None:
    """The first of the lines ``wrong`` of a source whose name says that it is in another language, and what to say."""
    language = _COMPILED.get(os.path.splitext(name)[1])
    if language is None or not wrong:
        return None
    advice = f"forklore run {name} runs it, forklore cc {name} compiles it" if name.endswith(".c") else ""
    if language == "C++":
        advice = "C++ is not compiled here"
    return min(wrong), f"this is {language}, not assembly" + (f": {advice}" if advice else "")


def language(lines: Sequence[str], wrong: Iterable[int]) -> tuple[int, str] | None:
    """What a source is written in whose lines ``wrong`` (counted from 1) are errors, and the first line that shows it.

    None when it is probably RISC-V assembly after all.
    """
    bad = set(wrong)
    in_c = [number for number, line in enumerate(lines, 1) if _C.match(line) and _CODE_ENDS.search(line + ";")]
    ended = sum(1 for line in lines if _CODE_ENDS.search(line))
    if in_c and ended >= max(3, len(in_c)) and 2 * len(bad & _near(in_c, lines)) >= len(bad):
        return in_c[0], "this is C, not assembly: forklore run and forklore cc compile files named .c"
    for name, mnemonics, registers in _ISAS:
        found = []
        for number in sorted(bad):
            match = _STATEMENT.match(lines[number - 1]) if number <= len(lines) else None
            if match and match.group(1).lower() in mnemonics and registers.search(match.group(2)):
                found.append(number)
        if len(found) >= (3 if len(bad) > 3 or name == "MIPS" else 1) and 2 * len(found) >= len(bad):
            return found[0], f"this is assembly for {name}; the machine here is RISC-V"
    return None


def nothing_known(lines: Sequence[str], wrong: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
    """The first line of a source most of whose instructions RISC-V does not have, and what to say of it."""
    unknown = {number for number, message in wrong if message.startswith("unknown instruction")}
    bad = {number for number, _ in wrong}
    code = [number for number, line in enumerate(lines, 1) if line.strip() and line.strip()[0] not in "#;/*."]
    if len(unknown) < 5 or 2 * len(unknown) < len(bad) or 2 * len(bad) < min(len(code), 1000):
        return None
    return min(unknown), "this is no assembly for RISC-V: most of its instructions are unknown"


def _near(numbers: Sequence[int], lines: Sequence[str]) -> set[int]:
    """Add to the lines ``numbers`` those that end as C does."""
    return {*numbers, *(number for number, line in enumerate(lines, 1) if _CODE_ENDS.search(line))}


_DIRECTIVE = re.compile(r"\s*#\s*(include\s*[<\"]|define\s+(\w+)|ifdef\s|ifndef\s|undef\s|if\s|elif\s|endif\b|error\s)")


def preprocessor(lines: Sequence[str], wrong: Sequence[tuple[int, str]], name: str) -> tuple[int, str] | None:
    """The first line for the C preprocessor, and what to do, if it is why lines are ``wrong``; they come with what is
    said of them. None if such lines have nothing to do with it."""
    found = [(number, match) for number, line in enumerate(lines, 1) if (match := _DIRECTIVE.match(line))]
    if not found:
        return None
    words = {match.group(1).split()[0].strip('<"') for _, match in found}
    defined = {match.group(2) for _, match in found if match.group(2)}
    missing = any(text.startswith(("unknown", "undefined", "li needs", "expected")) for _, text in wrong)
    used = defined & {word for number, _ in wrong if number <= len(lines) for word in _words(lines[number - 1])}
    if not (used or ("include" in words and missing) or ("endif" in words and words & {"if", "ifdef", "ifndef"})):
        return None
    number, match = found[0]
    advice = "preprocess it first" if name.endswith(".S") else "a file that needs it is named .S"
    return number, f"#{match.group(1).split()[0].strip('<')} is for the C preprocessor, and a comment here: {advice}"


def _words(line: str) -> list[str]:
    return re.findall(r"\w+", line)
