"""What the arguments of a C compiler ask for: which files, whether they are linked, and with what beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

from vm.enums import quick
from vm.reading import SOURCE_LIMIT, read_bounded

ASSEMBLY = (".s", ".S", ".asm")
"""Names of sources in assembly end so; ``.S`` goes through the preprocessor first."""

_NO_LINKING = ("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-r", "-shared")
_OPERANDS = ("-o", "-x", "-I", "-D", "-U", "-L", "-l", "-MF", "-MT", "-MQ", "-include", "-isystem", "-idirafter",
             "-iquote", "-T", "-z", "-e", "-u", "-Xlinker", "-Xclang", "-Xassembler", "-target", "-mllvm")  # fmt: skip
"""Options whose value may be the next argument."""
_NO_PROGRAM = re.compile(r"-(c|S|E|r|shared|x.*|o.*|M.*|fsyntax-only|save-temps.*|emit-.*|v|###|-?version|-?print-.*)")
"""Flags that have a compiler make something else than a program, or from something else, or elsewhere."""

_FOLDERS = ("-I", "-L", "-isystem", "-idirafter", "-iquote")
_SUFFIXES = (".c", ".i", ".o", ".a", *ASSEMBLY)
_START = re.compile(rb"^\s*_start\s*:", re.MULTILINE)


@quick
class Link(Enum):
    """What is linked: nothing, a program of the C library's, one with a start of its own, one without the library."""

    NOTHING = "nothing"
    HOSTED = "hosted"
    OWN_START = "own start"
    BARE = "bare"


def inputs(arguments: Sequence[str]) -> Iterator[str]:
    """The files among the arguments of a compiler."""
    is_operand = False
    for argument in arguments:
        if not is_operand and not argument.startswith("-"):
            yield argument
        is_operand = not is_operand and argument in _OPERANDS


def missing_inputs(arguments: Sequence[str]) -> list[str]:
    """The files among the arguments of a compiler that do not exist, as far as their names say what they are."""
    return [name for name in inputs(arguments) if name.endswith(_SUFFIXES) and not os.path.exists(name)]


def what_is_linked(arguments: Sequence[str], folder: Path) -> Link:
    """What a compiler called so in ``folder`` links; assembly alone that has a ``_start`` needs none of the library."""
    files = list(inputs(arguments))
    if not files or any(argument in _NO_LINKING for argument in arguments):
        return Link.NOTHING
    if "-nostdlib" in arguments and "-lc" not in arguments:
        return Link.BARE
    if "-nostartfiles" in arguments or "-nostdlib" in arguments:
        return Link.OWN_START
    if all(name.endswith(ASSEMBLY) for name in files) and any(_has_start(folder / name) for name in files):
        return Link.BARE
    return Link.HOSTED


def _has_start(source: Path) -> bool:
    try:
        return _START.search(read_bounded(source, SOURCE_LIMIT)) is not None
    except (OSError, ValueError):
        return False  # the compiler says why


def spelled_for_zig(arguments: Sequence[str], link: Link) -> list[str]:
    """The arguments without what zig does not know or takes for something else."""
    words = []
    for argument in arguments:
        if argument == "-nostartfiles" or (argument == "-lc" and link is Link.OWN_START):
            continue
        is_asm = argument.endswith(".asm") and not argument.startswith("-")
        words += ["-x", "assembler", argument, "-x", "none"] if is_asm else [argument]
    return words


def flags_from(flags: Sequence[str], folder: Path) -> list[str]:
    """Rewrite flags for a compiler that runs elsewhere: names of folders are meant from ``folder`` on.

    Raises ValueError, with a text for people, if there are files to compile among them, or what makes no
    program to run.
    """
    files = list(inputs(flags))
    if files:
        raise ValueError(f"{files[0]!r} is no flag; programs of several files are linked with forklore cc")
    if flags and flags[-1] in _OPERANDS and (len(flags) < 2 or flags[-2] not in _OPERANDS):
        raise ValueError(f"{flags[-1]!r} needs a word behind it")
    for flag, before in zip(flags, ("", *flags), strict=False):
        if before not in _OPERANDS and _NO_PROGRAM.fullmatch(flag):
            raise ValueError(f"{flag!r} makes no program that can be run; forklore cc takes it")
    words: list[str] = []
    for flag in flags:
        option = next((option for option in _FOLDERS if flag.startswith(option) and flag != option), "")
        if words and words[-1] in _FOLDERS:
            words.append(os.path.join(folder, flag))
        else:
            words.append(option + os.path.join(folder, flag[len(option) :]) if option else flag)
    return words
