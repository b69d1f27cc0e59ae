"""All directives: the tables of the modules that are about a subject, and a few that fit nowhere else."""

from __future__ import annotations

from . import conditionals, data, files, floats, macros, naming, sectioning, strings
from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import END, shorten
from .statements import text

_REFUSED_OPTIONS = {
    "rvc": "this machine has no compressed instructions",
    "pic": "images are linked to fixed addresses",
}
_KNOWN_OPTIONS = ("push", "pop", "norvc", "relax", "norelax", "nopic", "arch", "exact", "noexact", "csr-check")


def _option(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.option name``: nothing here depends on them, except the ones that cannot be had"""
    name = tokens[at + 1]
    if name in _REFUSED_OPTIONS:
        raise Problem(f".option {name} is not supported", at + 1, None, _REFUSED_OPTIONS[name])
    if name not in _KNOWN_OPTIONS:
        assembler.warn(Problem(f"unknown option '{shorten(name)}'", at + 1, meant=(name, _KNOWN_OPTIONS)))


def _complain(severity: str) -> Handler:
    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.error "message"``, ``.warning "message"``"""
        message = "" if tokens[at + 1] == END else text(tokens, at + 1)
        assembler.report(Problem(shorten(message, 400) or f"{tokens[at]} met", at), None, severity)

    return place


def _end(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.end``: what follows is not read"""
    for frame in assembler.frames:
        frame.index = len(frame.lines)
        frame.more = None


def ignored(name: str) -> bool:
    """Whether a directive is one that compilers emit and that means nothing to an image."""
    lowered = name.lower()
    return lowered in _IGNORED or lowered.startswith(".cfi_")


_IGNORED = frozenset(
    (
        ".attribute", ".ident", ".file", ".loc", ".addrsig", ".addrsig_sym", ".symver", ".line", ".ln", ".version",
        ".weakref", ".lto_discard", ".cg_profile",
    )
)  # fmt: skip

TABLE: dict[str, Handler] = {
    **data.TABLE,
    **strings.TABLE,
    **files.TABLE,
    **floats.TABLE,
    **naming.TABLE,
    **sectioning.TABLE,
    **conditionals.TABLE,
    **macros.TABLE,
    ".option": _option,
    ".error": _complain("error"),
    ".err": _complain("error"),
    ".warning": _complain("warning"),
    ".end": _end,
}
"""Handlers of every directive."""
