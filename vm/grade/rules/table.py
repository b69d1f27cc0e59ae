"""The table of rules: what each is called, what it takes, and what it asks of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vm.grade.conduct import Wanted
from vm.grade.lab import Place, Rule
from vm.grade.rules import amounts, calls, family, shape, states, values, vforks
from vm.grade.rules.values import Values
from vm.grade.rules.violation import Seen, Violation
from vm.spelling import suggestion
from vm.text import brief
from vm.values import dataclass

Parse = Callable[[object], Mapping[str, Any]]
Judge = Callable[[Seen, Values], Iterator[Violation]]


def _life(values: Values) -> Wanted:
    return Wanted(life=True)


def _writes(values: Values) -> Wanted:
    return Wanted(life=True, writes=True)


def _descriptors(values: Values) -> Wanted:
    return Wanted(life=True, descriptors=True)


def _vforked(values: Values) -> Wanted:
    return Wanted(life=True, vforked=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule: its ``name``, a sentence of ``help`` for the manual, and what it ``takes``, in words.

    ``parse`` makes the values of :class:`~vm.grade.lab.Rule` of what a file says, and raises ValueError with a sentence
    that says what is wrong and what to do. ``judge`` gives the violations of a run of which ``wanted`` was recorded;
    it may raise :class:`~vm.grade.rules.violation.CannotJudge`. ``needs_checker``: it is judged by what the checker of
    vfork has found.
    """

    name: str
    help: str
    takes: str
    parse: Parse
    judge: Judge
    wanted: Callable[[Values], Wanted] = _life
    needs_checker: bool = False


_CALLS = (
    'a list of calls, as ["fork", "exec"], or { calls = […], by = "parent", running = "/path" }, or a list of these'
)
_WHOM = 'true, or { by = "parent", inherited = false }'
_RANGE = "a number, or { min = 1, max = 3 }"

_ROWS = (
    Row(
        name="calls",
        help="Each of these calls is made, and succeeds, at least once.",
        takes=_CALLS,
        parse=values.read_calls,
        judge=calls.calls,
        wanted=calls.wanted,
    ),
    Row(
        name="no-calls",
        help="None of these calls is made.",
        takes=_CALLS,
        parse=values.read_calls,
        judge=calls.no_calls,
        wanted=calls.wanted,
    ),
    Row(
        name="only-calls",
        help="No other call is made than these, and those that the C library makes by itself.",
        takes=_CALLS + "; strict = true forbids what the library calls as well",
        parse=values.read_only_calls,
        judge=calls.only_calls,
        wanted=calls.wanted_others,
    ),
    Row(
        name="call-counts",
        help="So many of these calls are made and succeed, by all processes together.",
        takes="a table, as { fork = 2, pipe = 1 }, where a count may be { min = 1, max = 3 }; "
        'beside the calls by = "parent" and running = "/path"',
        parse=values.read_call_counts,
        judge=calls.call_counts,
        wanted=calls.wanted_counts,
    ),
    Row(
        name="order",
        help="Some process makes these calls one after the other, with anything between, "
        "and what made it counts as its own.",
        takes=_CALLS,
        parse=values.read_calls,
        judge=calls.order,
        wanted=calls.wanted,
    ),
    Row(
        name="every-child-waited",
        help="Every process collects each of its children by a call of wait.",
        takes="true",
        parse=values.read_true,
        judge=family.every_child_waited,
    ),
    Row(
        name="no-zombie",
        help="No process ends with a child that has ended and that it has not collected.",
        takes="true",
        parse=values.read_true,
        judge=family.no_zombie,
    ),
    Row(
        name="no-orphan",
        help="No process ends before one of its children.",
        takes="true",
        parse=values.read_true,
        judge=family.no_orphan,
    ),
    Row(
        name="no-descriptor-left-open",
        help="Every process that ends by itself has closed its descriptors above 2.",
        takes=_WHOM,
        parse=values.read_whom,
        judge=states.no_descriptor_left_open,
        wanted=_descriptors,
    ),
    Row(
        name="no-pipe-left-open",
        help="Every process that ends by itself has closed the ends of pipes that it has as descriptors above 2.",
        takes=_WHOM,
        parse=values.read_whom,
        judge=states.no_pipe_left_open,
        wanted=_descriptors,
    ),
    Row(
        name="no-deadlock",
        help="The processes never wait for each other for ever.",
        takes="true",
        parse=values.read_true,
        judge=states.no_deadlock,
    ),
    Row(
        name="forks-at-most",
        help="At most so many processes are made, by whatever call.",
        takes="a number",
        parse=values.read_count,
        judge=amounts.forks_at_most,
    ),
    Row(
        name="forks-exactly",
        help="So many processes are made, by whatever call.",
        takes=_RANGE,
        parse=values.read_range,
        judge=amounts.forks_exactly,
    ),
    Row(
        name="processes-at-most",
        help="At most so many processes live at once, the first one among them; a zombie lives no more.",
        takes="a number",
        parse=values.read_count,
        judge=amounts.processes_at_most,
    ),
    Row(
        name="threads-at-most",
        help="At most so many threads of one process live at once, its first one among them.",
        takes="a number",
        parse=values.read_count,
        judge=amounts.threads_at_most,
    ),
    Row(
        name="parent-waits-before-output",
        help="The first process writes only when it has collected every child that it has made before.",
        takes="true",
        parse=values.read_true,
        judge=states.parent_waits_before_output,
        wanted=_writes,
    ),
    Row(
        name="tree",
        help="The family has this shape: a process is the list of its children, in any order.",
        takes="lists within lists, as [2, [0, 1]], where a number is a process with so many childless children; "
        "or bounds, as { depth = 2, width = 3, processes = 4 }, each a number or { min = 1, max = 3 }",
        parse=values.read_tree,
        judge=shape.tree,
    ),
    Row(
        name="exec-after-vfork",
        help="What vfork has made does nothing but exec or _exit.",
        takes='true, or { allow = ["dup2", "close"] }',
        parse=values.read_vfork_calls,
        judge=vforks.exec_after_vfork,
        wanted=_vforked,
    ),
    Row(
        name="no-vfork-damage",
        help="No child of a vfork damages its parent: the checker finds no error.",
        takes="true",
        parse=values.read_true,
        judge=vforks.no_vfork_damage,
        needs_checker=True,
    ),
    Row(
        name="no-hazard",
        help="The checker finds nothing to say of a vfork, or of a fork in a program with threads: no warning either.",
        takes="true",
        parse=values.read_true,
        judge=vforks.no_hazard,
        needs_checker=True,
    ),
    Row(
        name="bytes-copied-at-most",
        help="Making processes copies at most so many bytes of memory, at once and later.",
        takes='a size, as 65536 or "64K"',
        parse=values.read_bytes,
        judge=amounts.bytes_copied_at_most,
    ),
    Row(
        name="exit-statuses",
        help="The children of the first process end like this, in the order in which they are made.",
        takes='a list of statuses, names of signals, or "any": [0, 1, "SIGSEGV", "any"]',
        parse=values.read_statuses,
        judge=family.exit_statuses,
    ),
    Row(
        name="no-crash",
        help="No process is killed by a signal that tells of a fault: SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, "
        "SIGSYS or SIGABRT.",
        takes="true",
        parse=values.read_true,
        judge=family.no_crash,
    ),
)

RULES: Mapping[str, Row] = {row.name: row for row in _ROWS}
"""Every rule, by its name."""


def read_rule(name: str, value: object, place: Place) -> Rule | None:
    """Return the rule that a file asks for by ``name = value``; None for false, which switches off a default.

    Raises ValueError, with a sentence, where there is no such rule or it does not take such a value.
    """
    row = RULES.get(name)
    if row is None:
        raise ValueError(f"there is no rule {brief(name)}{suggestion(name, RULES)}")
    if value is False:
        return None
    try:
        return Rule(name=name, values=row.parse(value), place=place)
    except ValueError as error:
        raise ValueError(f"the rule '{name}': {error}") from None
