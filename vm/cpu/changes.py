"""What changed on a page that a :class:`vm.cpu.tape.Tape` remembers, who watches it, and what becomes of it."""

from __future__ import annotations

import numpy as np

from vm.cpu.tape import MOMENT, OWNERS_PAGE, PAGE, WATCH_PAGES, WATCHES
from vm.native.jit import jit, python_entry

WORD = 4
"""Changed bytes no farther apart than this are one run."""
UNREAD, READ, OVERWRITTEN, RESULT, OWN, BELOW, SAME, OUTER = range(8)
"""What becomes of a byte, see :class:`vm.hazards.windows.Fate`."""
FIRST, END, SETTLED = range(3)
"""Columns of ``runs``."""


@jit
def watch_row(slots, owners, control, page):
    """The row of ``page`` in ``owners``, an empty one if nobody has watched it; -1 when there is no row left."""
    row = np.int64(slots[WATCHES, page]) - 1
    if row >= 0:
        return row
    row = control[WATCH_PAGES]
    if row >= len(owners):
        return np.int64(-1)
    control[WATCH_PAGES] = row + 1
    slots[WATCHES, page] = row + 1
    owners[row, :] = 0
    owners[row, OWNERS_PAGE] = page
    return row


@python_entry(
    "Tuple((i8, i8))(i4[:, ::1], u4[:, ::1], i8[::1], i8[::1], u1[::1], u1[::1], u1[::1], i4[:, ::1], i8[::1], "
    "i8, i8, i8, i8, i8)"
)
def compare(slots, owners, control, stores, image, now, fates, runs, owned, owner, own, own_end, below, below_end):
    """Find the runs of changed bytes of a page, and let ``owner`` watch those that could matter.

    ``stores`` is the page's row of a tape, ``image`` and ``now`` uint8[4096] its content before and after. A run is of
    bytes close to one another that were changed by one activation of a function. ``fates`` uint8[4096] receives what is
    known of each: OWN from address ``own`` to ``own_end``, BELOW from ``below`` to ``below_end``, SAME between changed
    bytes. ``runs`` int32[4096, 3] receives first and end of each run, and the owners of whose bytes, counted in
    ``owned`` int64[o], none are left. Returns the numbers of both, or (-1, 0) without any effect when ``owners`` needs
    another row.
    """
    page = stores[PAGE]
    before, after = image.view(np.uint64), now.view(np.uint64)
    count, settled, last, row = 0, 0, -WORD - 1, np.int64(-1)
    moment = np.int64(-1)
    for word in range(512):
        if before[word] == after[word]:
            continue
        for place in range(8 * word, 8 * word + 8):
            if image[place] == now[place]:
                continue
            if place - last > WORD or stores[place] >> MOMENT != moment:
                moment = stores[place] >> MOMENT
                runs[count, FIRST] = place
                count += 1
            else:
                for between in range(last + 1, place):  # a slice would cost as much as all else here
                    fates[between] = SAME
            last = place
            runs[count - 1, END] = place + 1
            address = page << 12 | place
            if own <= address < own_end:
                fates[place] = OWN
            elif below <= address < below_end:
                fates[place] = BELOW
            else:
                fates[place] = UNREAD
                if row < 0:
                    row = watch_row(slots, owners, control, page)
                    if row < 0:
                        return -1, 0
                other = owners[row, place]
                if other:
                    owned[other] -= 1
                    if owned[other] == 0:
                        runs[settled, SETTLED] = other
                        settled += 1
                owners[row, place] = owner
                owned[owner] += 1
    return count, settled


@python_entry("i8(u4[::1], i8[::1], u1[::1], i8, i8, i8, i8, b1)")
def settle(owners, stores, fates, first, index, owner, fate, whole):
    """Let byte ``index`` of a run meet its fate, with ``whole`` all bytes around it of the same writer; how many did.

    ``owners`` is the row of the page, on which the run begins at ``first``; ``stores`` and ``fates`` are the run's.
    """
    start, end = index, index + 1
    if whole:
        writer = stores[index] & 0xFFFF_FFFF
        while start > 0 and stores[start - 1] & 0xFFFF_FFFF == writer:
            start -= 1
        while end < len(stores) and stores[end] & 0xFFFF_FFFF == writer:
            end += 1
    count = 0
    for place in range(start, end):
        if owners[first + place] == owner:
            owners[first + place] = 0
            fates[place] = fate
            count += 1
    return count


@python_entry("Tuple((i8, i8))(i8[::1], u1[::1])")
def outline(stores, fates):
    """The writer of a run (-1 when there are several), and the set of its fates as bits."""
    writer = stores[0] & 0xFFFF_FFFF
    found = 0
    for place in range(len(stores)):
        if stores[place] & 0xFFFF_FFFF != writer:
            writer = np.int64(-1)
        found |= 1 << fates[place]
    return writer, found
