"""Keeps the accounts of a machine a second time, from the raw words of its page tables alone.

Before and after every page fault and system call the page tables of all spaces are read anew
(tests/accounting.py has the rules of the walk). What changed in between is what was copied, taken over, given a frame
or used; the machine's own accounts, which it gives as events, must say the same. No counter of the machine is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.accounting import ACCESSED, PROTECTED, USER_TABLES, VALID, WRITE, table_words
from vm import events
from vm.abi import Protection
from vm.kernel.kernel import Kernel
from vm.memory import AddressSpace

ACCOUNT = ("faults", "pages", "pages_kept", "tables", "tables_kept")


@dataclass
class Tables:
    """The raw state of a space: pointer entries by slot, leaf entries by page address."""

    pointers: dict[int, int]
    leaves: dict[int, int]

    @classmethod
    def of(cls, space: AddressSpace) -> Tables:
        memory = space.memory
        words = table_words(memory, space.root)[:USER_TABLES]
        pointers = {slot: word for slot, word in enumerate(words) if word & VALID}
        found = {}
        for slot, pointer in pointers.items():
            start = pointer >> 10 << 12
            entries = np.frombuffer(memory.ram[start : start + 4096].tobytes(), "<u4")
            for low in np.flatnonzero(entries & VALID).tolist():
                found[slot << 22 | low << 12] = int(entries[low])
        return cls(pointers, found)


@dataclass
class Book:
    """What is known of one space: its tables at first and when last looked at.

    ``account``: since the last fork; ``copied``: pages that its own fork copied.
    """

    space: AddressSpace
    first: Tables
    state: Tables
    creation: int = 0
    peak: int = 0
    account: Counter[str] = field(default_factory=Counter)
    copied: set[int] = field(default_factory=set)


class Auditor:
    """Follows ``kernel``, which has not run yet; ``checked`` counts what was compared, by its kind."""

    def __init__(self, kernel: Kernel, monkeypatch: Any) -> None:
        self.kernel = kernel
        self.books: dict[int, Book] = {}
        self.spaces: dict[int, AddressSpace] = {}
        self.left: set[int] = set()
        self.ended: dict[int, tuple[int, int, int, int]] = {}
        self.closing: dict[int, Book] = {}
        self.checked: Counter[str] = Counter()
        self.copied = 0
        for task in kernel.processes:
            if task.space is not None:
                self.spaces[task.pid] = task.space
                self.open(task.space)
        self._wrap(monkeypatch)
        stream = kernel.events
        for kind, listener in (
            (events.CallEntered, self.look), (events.CallReturned, self.look), (events.Created, self._created),
            (events.Executed, self._executed), (events.Deferred, self._deferred), (events.SpaceEnded, self._ended),
        ):  # fmt: skip
            stream.subscribe(kind, listener)

    def _wrap(self, monkeypatch: Any) -> None:
        initialise, fault, destroy = AddressSpace.__init__, AddressSpace.handle_fault, AddressSpace.destroy

        def __init__(space: AddressSpace, *arguments: Any) -> None:
            initialise(space, *arguments)
            if space.memory is self.kernel.memory:
                self.open(space)

        def handle_fault(space: AddressSpace, address: int, access: Protection) -> Any:
            self.look()
            before = self.books[id(space)].state
            found = fault(space, address, access)
            if access == Protection.WRITE and found.name == "RESOLVED":
                self._count_fault(space, before, address)
            self.look()
            return found

        def destroy_(space: AddressSpace) -> int:
            self.look()
            self.ended[id(space)] = self._end(space)
            self.closing[id(space)] = self.books.pop(id(space))
            return destroy(space)

        monkeypatch.setattr(AddressSpace, "__init__", __init__)
        monkeypatch.setattr(AddressSpace, "handle_fault", handle_fault)
        monkeypatch.setattr(AddressSpace, "destroy", destroy_)

    # --- looking ----------------------------------------------------------------------------------------------------

    def open(self, space: AddressSpace) -> None:
        """A new space."""
        state = Tables.of(space)
        self.books[id(space)] = Book(space, state, state, peak=len(state.leaves))

    def look(self, event: Any = None) -> None:
        """Read every page table, and put what has changed into the books."""
        freed: set[int] = set()
        for book in self.books.values():
            before, book.state = book.state, Tables.of(book.space)
            book.peak = max(book.peak, len(book.state.leaves))
            self._compare(book, before, book.state)
            freed |= {entry >> 10 for entry in before.leaves.values()}
        in_use = {entry >> 10 for book in self.books.values() for entry in book.state.leaves.values()}
        used = {entry >> 10 for book in self.books.values() for entry in book.state.leaves.values() if entry & ACCESSED}
        self.left -= used | (freed - in_use)

    def _compare(self, book: Book, before: Tables, after: Tables) -> None:
        for slot in before.pointers.keys() & after.pointers.keys():
            old, new = before.pointers[slot], after.pointers[slot]
            if old >> 10 != new >> 10:
                book.account["tables"] += 1
            elif old & PROTECTED and not new & PROTECTED:
                book.account["tables_kept"] += 1
        for page in before.leaves.keys() & after.leaves.keys():
            old, new = before.leaves[page], after.leaves[page]
            if old >> 10 != new >> 10:
                book.account["pages"] += 1
                self.copied += 1
                self.left.add(old >> 10)
            elif new & WRITE and not old & WRITE:
                book.account["pages_kept"] += 1
                self.left.discard(old >> 10)

    def _count_fault(self, space: AddressSpace, before: Tables, address: int) -> None:
        """A write was resolved: it met something protected if its page was there, and could not be written."""
        entry, pointer = before.leaves.get(address & -4096), before.pointers.get(address >> 22, 0)
        if entry is not None and (pointer & PROTECTED or not entry & WRITE):
            self.books[id(space)].account["faults"] += 1

    def _end(self, space: AddressSpace) -> tuple[int, int, int, int]:
        """(peak, private, shared, in vain) of a space that is about to be given up."""
        tables: Counter[int] = Counter()
        frames: Counter[int] = Counter()
        for book in self.books.values():
            tables.update(pointer >> 10 for pointer in book.state.pointers.values())
        counted: set[int] = set()
        for book in self.books.values():
            for page, entry in book.state.leaves.items():
                table = book.state.pointers[page >> 22] >> 10
                if (table, page >> 12 & 1023) not in counted:
                    counted.add((table, page >> 12 & 1023))
                    frames[entry >> 10] += 1
        book = self.books[id(space)]
        private = in_vain = 0
        for page, entry in book.state.leaves.items():
            if tables[book.state.pointers[page >> 22] >> 10] > 1:
                continue
            is_last = frames[entry >> 10] == 1
            private += is_last
            if not entry & ACCESSED and (page in book.copied or (is_last and entry >> 10 in self.left)):
                in_vain += 1
        return book.peak, private, len(book.state.leaves) - private, in_vain

    # --- comparing --------------------------------------------------------------------------------------------------

    def _created(self, event: events.Created) -> None:
        self.look()
        parent, child = self.kernel.processes[event.pid].memory, self.kernel.processes[event.child].memory
        self.spaces[event.child] = child
        self.checked[event.how] += 1
        if parent is child:
            return
        old, new = self.books[id(parent)], self.books[id(child)]
        assert not +old.account, f"the account of {event.pid} was not closed: {old.account}"
        at_first, frames = new.first, {page: entry >> 10 for page, entry in old.state.leaves.items()}
        new.copied = {page for page, entry in at_first.leaves.items() if frames[page] != entry >> 10}
        old.creation = new.creation = event.child
        self.copied += len(new.copied)
        costs = event.costs
        assert costs.copied == len(new.copied)
        theirs = {pointer >> 10 for pointer in old.state.pointers.values()}
        own = sum(pointer >> 10 not in theirs for pointer in at_first.pointers.values())
        assert costs.tables == 1 + own
        assert costs.tables_shared == len(at_first.pointers) - own
        assert costs.frames == costs.copied + costs.tables

    def _executed(self, event: events.Executed) -> None:
        self.look()
        space = self.kernel.processes[event.pid].memory
        self.spaces[event.pid] = space
        book = self.books[id(space)]
        book.account.clear()  # what the loader did while it built the space is nobody's fork
        book.peak = len(book.state.leaves)

    def _deferred(self, event: events.Deferred) -> None:
        space = self.spaces[event.pid]
        if id(space) in self.books:
            self.look()
        account, creation = self._close(space)
        self.checked += Counter({"Deferred": 1}) + account
        assert creation == event.child
        assert {name: getattr(event, name) for name in ACCOUNT} == {name: account[name] for name in ACCOUNT}

    def _close(self, space: AddressSpace) -> tuple[Counter[str], int]:
        book = self.books.get(id(space)) or self.closing[id(space)]
        account, book.account = book.account, Counter()
        return account, book.creation

    def _ended(self, event: events.SpaceEnded) -> None:
        space = self.spaces[event.pid]
        self.checked["SpaceEnded"] += 1
        found = self.ended.pop(id(space))
        self.checked += Counter({"shared": found[2], "in vain": found[3]})
        assert (event.peak, event.private, event.shared, event.in_vain) == found, f"{event}: {found}"
        book = self.closing.pop(id(space))
        assert not +book.account, f"the account of {event.pid} was not closed: {book.account}"
