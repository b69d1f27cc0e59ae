"""What people are told of outcomes: how many there are and how sure that is, each of them, and how one comes about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from vm.lines import FAINT, STRONG, Line, Part, line, wrapped
from vm.outcomes.listing import GAP, Listing, Numbered, cells_of
from vm.outcomes.orders import End, Order, Step
from vm.quantities import plural
from vm.statuses import describe_end
from vm.text import printable, shortened
from vm.values import dataclass

Where = Callable[[int, str], str]
"""Finds the source line ``file:line`` of an instruction at an address of an image's path; empty if unknown."""

UP_TO = "up to "
COLUMNS = 80
"""Letters of a line where nobody says how many there are."""
LONGEST_CALL = 44
"""Letters of a system call in a list of steps."""
MOST_STEPS = 60
"""Steps of one schedule that are shown."""


@dataclass(frozen=True, slots=True)
class Group:
    """The ``count`` outcomes that end in one way, as runs of ``order`` do, and those of them that are shown."""

    end: End
    order: Order | None
    count: int
    shown: tuple[Numbered, ...]


def ending(end: End) -> str:
    """How runs end, in words."""
    own = "" if end.exit_code is None and end.signal is None else describe_end(end.exit_code, end.signal)
    if end.limit:
        return f"{printable(end.limit)} reached"
    if end.stuck:
        return f"{own}, then a deadlock" if own else "deadlock"
    return own or "no end"


def amount(count: int, is_complete: bool) -> str:
    """How many outcomes there are: exactly, or at least."""
    if is_complete:
        return plural(count, "outcome")
    return f"at least {plural(count, 'outcome')}" if count else "no outcome found"


def headline(count: int, is_complete: bool, bounds: Sequence[str], ends: Sequence[End]) -> Line:
    """The first line: how many there are, whether that is all or up to what, and how all end if they end alike.

    Of a bound such as ``up to time: a sleep ends last`` it has the name alone; :func:`explained` has the rest, and what
    is no bound.
    """
    others = [printable(each) for each in bounds if not each.startswith(UP_TO) and ":" not in each]
    sure = bounded("complete" if is_complete else "", bounds).strip() or "incomplete"
    same = [ending(ends[0])] if len(ends) == 1 and not ends[0].limit else []
    return line(Part(amount(count, is_complete), STRONG), f", {'; '.join([sure, *others, *same])}")


def bounded(told: str, bounds: Sequence[str]) -> str:
    """What holds within some bounds, and their names: ``impossible up to time, up to the clock``."""
    names = ", ".join(printable(each.partition(":")[0]) for each in bounds if each.startswith(UP_TO))
    return f"{told} {names}" if names else told


def explained(bounds: Sequence[str], columns: int = COLUMNS) -> Iterator[Line]:
    """What the bounds mean that explain themselves, in lines of so many letters."""
    for bound in bounds:
        if ":" in bound:
            for row in wrapped(printable(bound), columns, GAP, GAP * 2):
                yield line(Part(row, FAINT))


def listed(groups: Sequence[Group], where: Where, columns: int = COLUMNS, *, are_all: bool = True) -> Iterator[Line]:
    """The outcomes, those that end alike together, with what is known of those that never end.

    Not ``are_all``: there are more than those of ``groups``.
    """
    shown = [each for group in groups for each in group.shown]
    are_all = are_all and len(shown) == sum(group.count for group in groups)
    listing = Listing(shown, columns, of="all" if are_all else "these")
    if shown:
        yield from listing.head()
    for group in groups:
        if len(groups) > 1:
            yield line(Part(f"{ending(group.end)}: {plural(group.count, 'outcome')}", STRONG))
        yield from stuck(group.end, group.order, where)
        yield from listing.rows(group.shown)
        if (more := group.count - len(group.shown)) and group.shown:
            yield line(" " * 4, GAP, Part(f"… {more:,} more", FAINT))


def listed_in_pages(
    pages: Iterable[Group], where: Where, columns: int = COLUMNS, *, are_alike: bool = False
) -> Iterator[Line]:
    """As :func:`listed`, of very many outcomes: each of ``pages`` has some of those that end in one way.

    ``are_alike``: all end in one way, which has been told.
    """
    left, former = 0, None
    for page in pages:
        if page.end is not former:
            former, left = page.end, page.count
            if not are_alike:
                yield line(Part(f"{ending(page.end)}: {plural(page.count, 'outcome')}", STRONG))
            yield from stuck(page.end, page.order, where)
        yield from Listing(page.shown, columns, is_part=True).rows(page.shown)
        left -= len(page.shown)
    if left > 0:
        yield line(" " * 4, GAP, Part("… and more", FAINT))


def stuck(end: End, order: Order | None, where: Where) -> Iterator[Line]:
    """Who waits for ever, for what, and who could end that but does not; nothing if nobody does.

    With an ``order`` that ends so also since which line the others hold what is waited for.
    """
    for each in end.stuck:
        call = where(each.pc, each.image) or _cut(each.text)
        told = (Part(f": {call}", FAINT),) if call else ()
        yield line(GAP, f"pid {each.pid} waits for {printable(each.why)}", *told)
        for holder in each.holders:
            who = "it itself" if holder.pid == each.pid else f"pid {holder.pid}"
            since = f", since {_since(order, holder.since, where)}" if order is not None else ""
            yield line(GAP * 2, f"{who} {printable(holder.what)}{since}")


def _since(order: Order, number: int, where: Where) -> str:
    if not 0 <= number < len(order.steps):
        return "the start"
    step = order.steps[number]
    return where(step.pc, step.image) or _cut(step.text)


# --- how an outcome comes about ---------------------------------------------------------------------------------------


def told_steps(order: Order, sequence: Sequence[int], where: Where) -> Iterator[Line]:
    """The steps that show how an outcome comes about, in a sequence of all of them: process, call, line, what it wrote.

    Those that concern nobody but their own thread are counted alone.
    """
    matter = steps_that_matter(order)
    rows = [_row(order.steps[number], where) for number in sequence if number in matter]
    few = rows if len(rows) <= MOST_STEPS else [*rows[: MOST_STEPS - 10], *rows[-10:]]
    widths = [max((len(row[place]) for row in few), default=0) for place in range(3)]
    for index, (pid, call, place, wrote) in enumerate(few):
        if len(few) < len(rows) and index == MOST_STEPS - 10:
            yield line(GAP, Part(f"… {plural(len(rows) - len(few), 'more step')}", FAINT))
        yield line(
            GAP, pid.ljust(widths[0]), GAP, call.ljust(widths[1]), GAP, Part(place.ljust(widths[2]), FAINT), GAP,
            Part(wrote, STRONG),
        )  # fmt: skip
    if rest := len(sequence) - len(rows):
        yield line(GAP, Part(f"and {plural(rest, 'step')} of no concern to other processes", FAINT))


def steps_that_matter(order: Order) -> set[int]:
    """The steps that write, are the last of their thread, or are linked to those of another one."""
    last = {step.thread: number for number, step in enumerate(order.steps)}
    found = set(last.values())
    for number, step in enumerate(order.steps):
        if step.written:
            found.add(number)
        for link in step.links:
            if order.steps[link.step].thread != step.thread:
                found |= {number, link.step}
    return found


def _row(step: Step, where: Where) -> tuple[str, str, str, str]:
    wrote = "".join("".join(cells_of(each.data)) for each in step.written)
    return f"pid {step.pid}", _cut(step.text or step.call), where(step.pc, step.image), shortened(wrote)


def _cut(text: str) -> str:
    return shortened(printable(text), LONGEST_CALL)
