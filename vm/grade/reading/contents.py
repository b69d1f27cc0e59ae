"""Bytes that a file with tests says, or has beside it, and texts that are expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vm.grade.lab import How, Space, Text
from vm.grade.reading.documents import Node
from vm.grade.reading.kinds import Context, Fields, Flag, Key, OneOf, Path, Several, Table, Words, read_all, wrong
from vm.grade.reading.problems import Refused
from vm.quantities import size_of


class Size:
    """A number of bytes."""

    words = 'a number of bytes, as 65536 or "64K"'

    def read(self, node: Node, name: str, context: Context) -> int:
        """Return the number."""
        number = size_of(node.content) if isinstance(node.content, str) else node.content
        if isinstance(number, bool) or not isinstance(number, int):
            raise wrong(node, name, self)
        return number


FILE = Table(
    "a table for a text", (Key(name="file", kind=Path(), help="The file whose bytes it is.", is_required=True),)
)


class Bytes:
    """A text, or what a file has."""

    words = 'a text, or { file = "NAME" }'

    def read(self, node: Node, name: str, context: Context) -> bytes:
        """Return the bytes."""
        if isinstance(node.content, str):
            return node.content.encode()
        if not isinstance(node.content, dict):
            raise wrong(node, name, self)
        fields = FILE.read(node, name, context)
        return context.folder.read(fields["file"]) if "file" in fields else b""


CONTENT = Table(
    "a file",
    (
        Key(name="file", kind=Path(), help="A file below the folder of the lab's file."),
        Key(name="text", kind=Words(zero=True), help="What the file has in it."),
        Key(name="size", kind=Size(), help="So many zero bytes."),
    ),
    instead={"content": "its text is called text", "path": "it is called file"},
)


class Content:
    """What is in a file of the guest's or of a submission's."""

    words = '{ file = "NAME" }, { text = "…" } or { size = "64K" }'

    def read(self, node: Node, name: str, context: Context) -> bytes:
        """Return the bytes."""
        if isinstance(node.content, str):
            raise wrong(
                node, name, self, "write { text = … } for what is in it, { file = … } for a file beside this one"
            )
        fields = CONTENT.read(node, name, context)
        if len(fields.lines) != 1:
            raise Refused(f"{name} needs one of {', '.join(CONTENT.keys)}")
        if "file" in fields:
            return context.folder.read(fields["file"])
        return context.folder.blank(fields["size"]) if "size" in fields else fields.get("text", "").encode()


class _Read(Bytes):
    """A text in UTF-8 that can be read as what it is: ``check`` raises ValueError."""

    def __init__(self, what: str, check: Any) -> None:
        self._what, self._check = what, check

    def read(self, node: Node, name: str, context: Context) -> bytes:
        data = super().read(node, name, context)
        try:
            self._check(data.decode())
        except UnicodeDecodeError:
            raise Refused(f"{name} is {self._what} in UTF-8, which the file is not") from None
        except ValueError as error:
            raise Refused(f"{name} cannot be read: {error}") from None
        return data


def _check_pattern(text: str) -> None:
    from vm.outcomes.patterns import Pattern

    Pattern.of(text)


def _check_regex(text: str) -> None:
    from vm.grade.regexes import Regex

    Regex(text).check()


class Regular:
    """A regular expression, in a text."""

    words = "a regular expression"

    def read(self, node: Node, name: str, context: Context) -> str:
        """Return the expression."""
        text = Words(self.words).read(node, name, context)
        try:
            _check_regex(text)
        except ValueError as error:
            raise Refused(f"{name} cannot be read: {error}", _BACKSLASH) from None
        return text


_BACKSLASH = "in single quotes a backslash stands for itself, in double quotes it is written twice"

EXPECTED = Table(
    "an expectation",
    (
        Key(name="exact", kind=Bytes(), help="It is this text, to the byte."),
        Key(name="one-of", kind=Several(Bytes(), "texts", least=1), help="It is one of these texts."),
        Key(
            name="pattern",
            kind=_Read("a pattern", _check_pattern),
            help="It has these pieces, where those in braces come in any order: `{a|b}c` is `abc` or `bac`.",
        ),
        Key(
            name="regex",
            kind=_Read("a regular expression", _check_regex),
            help="All of it matches this regular expression.",
        ),
        Key(
            name="contains",
            kind=Several(Bytes(), "texts", single=True, least=1),
            help="These texts come in it, one behind the other, with anything before, between and behind them.",
        ),
        Key(
            name="lacks",
            kind=Several(Bytes(), "texts", single=True, least=1),
            help="None of these texts comes in it.",
        ),
        Key(
            name="reference",
            kind=Flag(),
            help="It is one that the reference solution can have, under some schedule.",
        ),
        Key(
            name="space",
            kind=OneOf({each.value: each for each in Space}),
            help="Which white space counts: all; all but that at the ends of lines and empty lines at the end; "
            "whether there is some, not how much; none.",
            default='"exact"',
        ),
        Key(name="case", kind=Flag(), help="Whether a capital letter differs from a small one.", default="true"),
    ),
    instead={"file": 'write exact = { file = "NAME" }', "text": "write exact = …"},
)
_HOWS: Mapping[str, How] = {each.value: each for each in How}


class Expectation:
    """What a text has to be: a text, a table, or a list of them that all have to be true."""

    words = "a text, a table of an expectation, or a list of these"

    def read(self, node: Node, name: str, context: Context) -> tuple[Text, ...]:
        """Return what is expected."""
        if not isinstance(node.content, list):
            return (_Single().read(node, name, context),)
        if not node.content:
            raise Refused(f"{name} is empty", 'a text without letters is ""')
        return tuple(read_all(node.content, _Single(), name, context))


class _Single:
    words = Expectation.words

    def read(self, node: Node, name: str, context: Context) -> Text:
        if isinstance(node.content, str):
            return Text(how=How.EXACT, texts=(node.content.encode(),), place=context.place(node))
        if not isinstance(node.content, dict):
            raise wrong(node, name, self)
        fields = EXPECTED.read(node, name, context)
        hows = [key for key in fields.lines if key in _HOWS]
        if len(hows) != 1:
            known = ", ".join(_HOWS)
            if hows:
                advice = f"write a list of tables, [{{ {hows[0]} = … }}, {{ {hows[1]} = … }}], if all have to be true"
                raise Refused(f"{name} has both {hows[0]} and {hows[1]}", advice)
            raise Refused(f"{name} does not say what is expected", f"it needs one of {known}")
        return Text(
            how=_HOWS[hows[0]],
            texts=_texts(hows[0], fields, name, context),
            space=fields.get("space", Space.EXACT),
            ignores_case=not fields.get("case", True),
            place=context.place(node),
        )


def _texts(how: str, fields: Fields, name: str, context: Context) -> tuple[bytes, ...]:
    """The texts of an expectation that was read. Raises Refused for what nothing can be held against."""
    if how == "reference":
        if fields.get(how) is False:
            raise Refused(f"{name}: reference is true or not there", line=fields.lines[how])
        if not context.has_reference:
            advice = 'name its folder at the top of the file: reference = "reference"'
            raise Refused(f"{name}: there is no reference solution", advice, fields.lines[how])
        return ()
    texts = fields.get(how, ())
    if how in ("contains", "lacks") and b"" in texts:
        raise Refused(f"{name}: {how} has an empty text, which comes in every text", line=fields.lines[how])
    return (texts,) if isinstance(texts, bytes) else texts
