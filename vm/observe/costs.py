"""What making and replacing processes cost, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vm.abi import PAGE_SIZE
from vm.events import Costs, Created, Deferred, Event, Executed, SegmentCost, SpaceEnded, ThreadExited
from vm.observe.totals import Totals
from vm.observe.trimmed import print_trimmed
from vm.quantities import duration, plural, size
from vm.text import printable, shortened


def _count(value: int) -> str:
    return f"{value:,}" if value else "–"


def _segment_row(cost: SegmentCost) -> tuple[str, ...]:
    note = f"{cost.untouched:,} untouched" if cost.untouched else ""
    copied = size(cost.copied * PAGE_SIZE) if cost.copied else "–"
    where = f"{cost.start:08x}-{cost.end:08x}"
    counts = (f"{cost.pages:,}", _count(cost.shared), _count(cost.copied))
    return (cost.name, where, cost.protection, *counts, copied, note)


def _table(costs: Costs, copied: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("segment", "range", ""):
        table.add_column(name, no_wrap=True)
    for name in ("pages", "shared", copied, "bytes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for segment in costs.segments:
        table.add_row(*_segment_row(segment))
    return table


def _totals(costs: Costs, verb: str) -> tuple[str, ...]:
    parts = [plural(costs.frames, "frame"), plural(costs.tables, "page table"), plural(costs.entries, "PTE")]
    moved = f"{size(costs.copied * PAGE_SIZE)} {verb}, {size(costs.shared * PAGE_SIZE)} shared"
    put_off = []
    if costs.protected:
        put_off.append(f"{plural(costs.protected, 'entry', 'entries')} of the parent's protected")
    if costs.tables_shared:
        put_off.append(f"{plural(costs.tables_shared, 'page table')} shared")
    return f"{', '.join(parts)};  {moved}", ", ".join(put_off)


def _block(title: str, costs: Costs, copied: str, *notes: str) -> RenderableType:
    head = Text(f"{title:<66}{duration(costs.host_ns):>12}", style="bold")
    lines = [Text(line) for line in notes if line]
    return Group(head, Padding(Group(_table(costs, copied), *lines), (0, 0, 0, 2)))


def _wasted(pages: int) -> str:
    return f"{size(pages * PAGE_SIZE)} of the fork's copy thrown away unused" if pages else ""


def _deferred(event: Deferred) -> str:
    """What a fork had put off, in words."""
    parts = []
    for count, kept, word in ((event.pages, event.pages_kept, "page"), (event.tables, event.tables_kept, "table")):
        if count:
            parts.append(f"{plural(count, word)} copied")
        if kept:
            parts.append(f"{plural(kept, word)} taken over")
    return f"later  pid {event.pid}   for {event.child}: {plural(event.faults, 'fault')}; {', '.join(parts)}"


def _ended(event: SpaceEnded) -> str:
    """How much memory a process had before its exec or exit."""
    peak, private, shared = (size(count * PAGE_SIZE) for count in (event.peak, event.private, event.shared))
    memory = f"at most {peak} resident; at last {private} private, {shared} shared"
    return f"{'memory' if event.why == 'exec' else event.why:<6} pid {event.pid}   {memory}"


def _render(event: Event) -> RenderableType | None:
    if isinstance(event, Created):
        title = f"{event.meant:<6} pid {event.pid} -> {event.child}   {event.how}"
        return _block(title, event.costs, "copied", *_totals(event.costs, "copied"))
    if isinstance(event, Executed):
        title = f"exec   pid {event.pid}  {shortened(printable(event.path))}"
        return _block(title, event.costs, "loaded", *_totals(event.costs, "loaded"), _wasted(event.in_vain))
    if isinstance(event, Deferred):
        return Text(_deferred(event))
    if isinstance(event, ThreadExited):
        return Text(f"thread pid {event.pid}   {event.thread} ended: {plural(event.retired, 'instruction')}")
    if isinstance(event, SpaceEnded):
        notes = [f"  {_wasted(event.in_vain)}"] if event.in_vain and event.why == "exit" else []
        return Text("\n".join([_ended(event), *notes]))
    return None


def describe_run(retired: int, processes: int, threads: int, peak: int, frames: int) -> str:
    """Say in a line how much a run was: its instructions, its processes with all ``threads``, and most used frames."""
    who = plural(processes, "process", "processes")
    if threads > processes:
        who += f" with {plural(threads, 'thread')}"
    memory = f"at most {peak:,} of {frames:,} frames in use ({size(peak * PAGE_SIZE)})"
    return f"{plural(retired, 'instruction')} by {who}; {memory}"


def describe_copies(totals: Totals) -> str:
    """Say what all creations of a run copied, in a line."""
    at_once, late, in_vain = (size(pages * PAGE_SIZE) for pages in (totals.copied, totals.late_pages, totals.in_vain))
    return f"copied: {at_once} at once, {late} later by {plural(totals.faults, 'fault')}, {in_vain} in vain"


def describe_totals(totals: Totals, most_shared: int) -> str:
    """What all creations of a run copied, and the most pages that were shared at once, in a line."""
    return f"{describe_copies(totals)}; shared at most: {size(most_shared * PAGE_SIZE)}"


def costs_told(stream: Iterable[Event]) -> Iterator[RenderableType]:
    """Yield what is shown for every creation and exec, and for every exit that gave up pages copied in vain."""
    for event in stream:
        shown = _render(event)
        if shown is not None:
            yield shown


def print_costs(console: Console, stream: Iterable[Event]) -> None:
    """Print lines for every creation and exec, and for every exit that gave up pages copied in vain."""
    for shown in costs_told(stream):
        print_trimmed(console, shown)
