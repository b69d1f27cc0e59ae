"""Dialogues: the turns in which a program writes and something is typed."""

from __future__ import annotations

from itertools import pairwise

from vm.grade.lab import Turn
from vm.grade.reading.contents import Bytes, Regular
from vm.grade.reading.documents import Node
from vm.grade.reading.kinds import Context, Flag, Key, Several, Table
from vm.grade.reading.problems import Refused

TURN = Table(
    "a turn of a dialogue",
    (
        Key(
            name="expect",
            kind=Regular(),
            help="Wait until this regular expression is found in what the program has written since the last turn.",
        ),
        Key(name="send", kind=Bytes(), help="Type this."),
        Key(name="end", kind=Flag(), help="Close the input.", default="false"),
    ),
)


class _Turn:
    words = TURN.words

    def read(self, node: Node, name: str, context: Context) -> Turn:
        fields = TURN.read(node, name, context)
        if not fields.lines:
            raise Refused("a turn of a dialogue is empty", f"it has one of {', '.join(TURN.keys)}, or more")
        return Turn(
            expect=fields.get("expect", ""),
            send=fields.get("send", b""),
            ends=fields.get("end", False),
            place=context.place(node),
        )


class Dialogue:
    """The turns of a dialogue, in order."""

    words = "a list of tables of expect, send, end"
    _turns = Several(_Turn(), "turns", least=1)

    def read(self, node: Node, name: str, context: Context) -> tuple[Turn, ...]:
        """Return the turns."""
        turns: tuple[Turn, ...] = self._turns.read(node, name, context)
        for before, turn in pairwise(turns):
            if before.ends and (turn.send or turn.ends):
                raise Refused(
                    "the input is closed, by the turn before", "end = true is for the last turn", turn.place.line
                )
        return turns
