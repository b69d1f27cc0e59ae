"""The header comment of a guest program: what it shows, and what a run must print and return.

The form, which :func:`read_header` insists on::

    # A sentence that says what the program shows.
    # More lines of explanation, if any.
    #
    # Expected output:            (or "Expected output: nothing", or "Expected output without newline:")
    #   a line of output
    # Exit status: 0
    # Scheduling: any             (or "depends": then the expected output holds for the default settings)
    # Arguments: one two          (only if there are any)
    # Input:                      (only if there is any)
    #   a line of input
    # Outcomes: 3, 1 deadlock     (in programs/outcomes: how many there are, and how many of them are deadlocks)

A script has its ``#!`` line before that. An empty line ends the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PROGRAMS_FOLDER = Path(__file__).parents[2] / "programs"
PROGRAMS = sorted([*PROGRAMS_FOLDER.glob("*.s"), *PROGRAMS_FOLDER.glob("*.sh")])
PUZZLES = sorted((PROGRAMS_FOLDER / "outcomes").glob("*.s"))
"""Programs whose outcomes are counted: each runs as its header says with the default settings."""

FORM = re.compile(
    r"(?:\#!.*\n)?"
    r"\#\ (?P<summary>\w.*[.])\n"
    r"(?P<explanation>(?:\#\ \S.*\n)*)"
    r"\#\n"
    r"\#\ Expected\ output(?P<unfinished>\ without\ newline)?:(?:\ nothing\n|\n(?P<output>(?:\#\ \ \ .*\n)+))"
    r"\#\ Exit\ status:\ (?P<status>\d+)\n"
    r"\#\ Scheduling:\ (?P<scheduling>any|depends)\n"
    r"(?:\#\ Arguments:\ (?P<arguments>.+)\n)?"
    r"(?:\#\ Input:\n(?P<input>(?:\#\ \ \ .*\n)+))?"
    r"(?:\#\ Outcomes:\ (?P<outcomes>\d+)(?:,\ (?P<deadlocks>\d+)\ deadlocks?)?\n)?"
    r"\n",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """``output`` and ``input`` in bytes; ``depends``: whether the output may depend on scheduling.

    ``outcomes`` are all that the program can have, ``deadlocks`` those of them in which somebody waits for ever; 0
    where the header does not say.
    """

    summary: str
    output: bytes
    status: int
    depends: bool
    arguments: tuple[str, ...]
    input: bytes
    outcomes: int
    deadlocks: int


def read_header(text: str) -> Header:
    """The header that ``text`` begins with; ValueError if it is not of the form."""
    match = FORM.match(text)
    if match is None:
        raise ValueError("the header is not of the form that tests/programs/headers.py describes")

    def block(name: str) -> bytes:
        return "".join(line[4:] for line in (match[name] or "").splitlines(keepends=True)).encode()

    return Header(
        summary=match["summary"],
        output=block("output").removesuffix(b"\n") if match["unfinished"] else block("output"),
        status=int(match["status"]),
        depends=match["scheduling"] == "depends",
        arguments=tuple((match["arguments"] or "").split()),
        input=block("input"),
        outcomes=int(match["outcomes"] or 0),
        deadlocks=int(match["deadlocks"] or 0),
    )
