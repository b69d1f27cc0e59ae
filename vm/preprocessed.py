"""What the C preprocessor makes of an assembly source, taken apart again into the files that it came from.

A line stays the line it was, in the source and in what it includes, so that messages and debugging information name
the lines that people wrote. Source: *The C Preprocessor*, "Preprocessor Output".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import field

from vm.values import dataclass

_MARKER = re.compile(r'# (\d+) "((?:[^"\\]|\\.)*)"((?: \d)*)')
_ENTERED, _RETURNED = "1", "2"
MOST_BLANK = 1 << 20
"""Blank lines that are put in for what the preprocessor has removed: a #line can name any number."""


@dataclass(frozen=True, slots=True)
class Preprocessed:
    """A source whose ``#include`` lines are ``.include`` directives, and the texts of those files by their names.

    Files that leave nothing to assemble, as most that only define macros, are not among them.
    """

    text: str
    included: dict[str, str]


def with_included(included: Mapping[str, str], read: Callable[[str], str]) -> Callable[[str], str]:
    """A reader for ``.include`` that knows these files, and reads others as ``read`` does."""
    return lambda name: included[name] if name in included else read(name)


@dataclass(slots=True)
class _File:
    """A file that is being put together: its lines so far."""

    name: str
    lines: list[str] = field(default_factory=list)

    def go_to(self, number: int, most: int) -> int:
        """What comes next is the line of this number if it is at most ``most`` lines away; how many lines that adds."""
        while self.lines and len(self.lines) >= number and not self.lines[-1].strip():
            self.lines.pop()
        missing = number - 1 - len(self.lines)
        if not 0 < missing <= most:
            return 0
        self.lines += [""] * missing
        return missing

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def take_apart(output: str, folder: str) -> Preprocessed:
    """The files in ``output`` of a preprocessor that was started in ``folder``."""
    files = [_File("")]
    included: dict[str, str] = {}
    left = MOST_BLANK
    for line in output.split("\n"):
        marker = _MARKER.fullmatch(line)
        if marker is None:
            files[-1].lines.append(line)
            continue
        number, name, flags = int(marker[1][:10]), _unescaped(marker[2]), marker[3].split()
        if _ENTERED in flags:
            files.append(_File(name))
        elif _RETURNED in flags and len(files) > 1:
            left -= _close(files, included, number, folder, left)
        left -= files[-1].go_to(number, left)
    return Preprocessed(files[0].text(), included)


def _close(files: list[_File], included: dict[str, str], number: int, folder: str, most: int) -> int:
    """The innermost file has ended; the one that includes it goes on with line ``number``, as :meth:`_File.go_to`."""
    file = files.pop()
    text = file.text()
    if not text.strip() or file.name.startswith("<"):
        return 0
    name = path = os.path.normpath(os.path.join(folder, file.name))
    count = 1
    while name in included:
        count += 1
        name = f"{path}#{count}"
    included[name] = text
    gap = files[-1].go_to(number - 1, most)
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    files[-1].lines.append(f'.include "{escaped}"')
    return gap


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)
