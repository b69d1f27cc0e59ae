"""Kinds of values that tests have and nothing else has: settings, statuses, signals, schedules, rules, paths."""

from __future__ import annotations

from typing import Any

from vm.abi import NAME_LIMIT, PATH_LIMIT, Signal
from vm.grade.lab import CALLS, INSTRUCTIONS, MEMORY, OUTPUT, PROCESSES, Schedules
from vm.grade.reading.documents import Node
from vm.grade.reading.kinds import Context, Fields, one_of, wrong
from vm.grade.reading.problems import Refused
from vm.grade.rules.table import read_rule
from vm.quantities import size_of, size_text
from vm.settings import BYTES, USER, Settings, WrongSetting, descriptions
from vm.spelling import suggestion
from vm.text import brief

OWN_DEFAULTS: dict[str, Any] = {
    "instructions": INSTRUCTIONS, "calls": CALLS, "output": OUTPUT, "memory": MEMORY, "processes": PROCESSES,
}  # fmt: skip
"""Settings that a test has unless it says otherwise, where they are not those of any machine."""
MOST_FOLDERS = 32
"""Folders that a file in the guest is in."""
MOST_SCHEDULES = 100_000
"""Schedules that a seed draws at most."""


def counted(number: int) -> str:
    """A number as a file has it: in groups of digits where it has many."""
    return f"{number:_}" if number >= 10_000 else str(number)


class Setting:
    """A setting of the machine, ``name`` in Python."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._about = about = descriptions()[name]
        if about.choices:
            self.words = one_of(about.choices)
        elif about.is_flag:
            self.words = "true or false"
        elif about.unit == USER:
            self.words = 'a number, "root", or a user and a group, as "1000:100"'
        elif about.unit == BYTES:
            self.words = 'a size, as 65536 or "64K"'
        else:
            self.words = f"a number of {about.unit}" if about.unit else "a whole number"

    @property
    def help(self) -> str:
        """What it is for."""
        return self._about.help or "The time of day at boot, in seconds since 1970."

    @property
    def default(self) -> str:
        """What a test has unless it says otherwise, as a file would say it."""
        value = OWN_DEFAULTS.get(self._name, self._about.default)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return f'"{value}"'
        return f'"{size_text(value)}"' if self._about.unit == BYTES else counted(value)

    def read(self, node: Node, name: str, context: Context) -> Any:
        """Return the value."""
        value = node.content
        if isinstance(value, str) and self._about.unit == BYTES:
            value = size_of(value)
            if value is None:
                raise Refused(f"{name} {node} is not a size", "write it as 65536, 64K or 256M")
        try:
            settings = Settings(**{self._name: value})
        except WrongSetting as error:
            raise Refused(str(error).replace(self._name, name, 1)) from None
        except TypeError:
            raise wrong(node, name, self) from None
        return getattr(settings, self._name)


class Status:
    """Exit statuses that are right; None for any."""

    words = 'a number from 0 to 255, a list of them, or "any"'

    def read(self, node: Node, name: str, context: Context) -> tuple[int, ...] | None:
        """Return the statuses."""
        if node.content == "any":
            return None
        nodes = node.content if isinstance(node.content, list) else [node]
        numbers = [each.content for each in nodes]
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 255:
                raise wrong(node, name, self, _KILLED if isinstance(number, int) and number < 0 else "")
        if not numbers:
            raise Refused(f"{name} is empty", 'if it may be any, write "any"')
        return tuple(dict.fromkeys(numbers))


_KILLED = 'that it is killed by a signal is said by signal = "SIGSEGV"'


class SignalName:
    """The name of a signal."""

    words = 'the name of a signal, as "SIGSEGV"'

    def read(self, node: Node, name: str, context: Context) -> str:
        """Return the name."""
        text = node.content
        if not isinstance(text, str) or text not in Signal.__members__:
            meant = text.upper() if isinstance(text, str) else ""
            known = meant if meant in Signal.__members__ else f"SIG{meant}"
            advice = f"did you mean '{known}'?" if known in Signal.__members__ else ""
            raise wrong(node, name, self, advice or suggestion(meant, Signal.__members__).removeprefix("; "))
        return text


class ScheduleCount:
    """Under which schedules a test runs, and how many are drawn."""

    words = f'"one", "every", or a number from 1 to {MOST_SCHEDULES:,}'

    def read(self, node: Node, name: str, context: Context) -> tuple[Schedules, int]:
        """Return which, and how many."""
        given = node.content
        if isinstance(given, str) and given in (Schedules.ONE, Schedules.EVERY):
            return Schedules(given), 0
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST_SCHEDULES:
            advice = suggestion(given, ("one", "every")).removeprefix("; ") if isinstance(given, str) else ""
            raise wrong(node, name, self, advice)
        return Schedules.SOME, given


class Rules:
    """Rules by their names; None for one that is switched off."""

    words = "a table of rules"

    def read(self, node: Node, name: str, context: Context) -> Fields:
        """Return the rules that are right."""
        if not isinstance(node.content, dict):
            raise wrong(node, name, self, "write { no-zombie = true }, say")
        rules = Fields(node.line)
        for key, inner in node.content.items():
            rules.lines[key] = inner.line
            try:
                rules[key] = read_rule(key, inner.plain(), context.place(inner))
            except ValueError as error:
                context.problems.add(inner.line, str(error))
        return rules


# --- names ------------------------------------------------------------------------------------------------------------

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")
_MACHINES = ("/dev", "/proc")
DIRECTORIES = ("/", "/bin", "/dev", "/etc", "/proc", "/tmp", "/usr", "/usr/bin")
"""Folders that every machine has."""


def program_problem(name: str) -> str:
    """What keeps a text from being a program's name; empty for nothing."""
    if not 0 < len(name) <= 64 or not set(name) <= _LETTERS or name[0] in ".-":
        return "a program's name has up to 64 of A-Z a-z 0-9 . _ + - and does not begin with . or -"
    return f"the machine has a folder /{name}" if f"/{name}" in DIRECTORIES else ""


def variable_problem(name: str) -> str:
    """What keeps a text from being the name of a variable of an environment; empty for nothing."""
    return "a variable's name is not empty, without = and zero bytes" if not name or "=" in name or "\0" in name else ""


def guest_problem(path: str) -> str:
    """What keeps a text from being the path of a guest's file; empty for nothing."""
    if not path.startswith("/"):
        return 'a path in the guest begins with a slash, as "/words.txt"'
    parts = path.split("/")[1:]
    if path in DIRECTORIES:
        return "the machine has a folder there"
    if {"", ".", ".."} & set(parts):
        return "a path in the guest has no .. or ., no two slashes in a row and none at its end"
    if len(parts) > MOST_FOLDERS:
        return f"there are more than {MOST_FOLDERS} folders above it"
    if "\0" in path or len(path.encode()) >= PATH_LIMIT or max(len(part.encode()) for part in parts) > NAME_LIMIT:
        return f"a name in the guest has at most {NAME_LIMIT} bytes, and no zero byte"
    if any(path.startswith(f"{folder}/") for folder in _MACHINES):
        return "the machine itself makes what is below /dev and /proc"
    return ""


class GuestPath:
    """The path of a file in the guest."""

    words = 'a path in the guest, as "/bin/tree"'

    def read(self, node: Node, name: str, context: Context) -> str:
        """Return the path."""
        if not isinstance(node.content, str):
            raise wrong(node, name, self)
        if problem := guest_problem(node.content):
            raise Refused(f"{name} {brief(node.content)}: {problem}")
        return node.content
