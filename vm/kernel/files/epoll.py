"""Sets of open files that tell which of them are ready (epoll(7)). Source: Linux's fs/eventpoll.c.

An *interest* is one file in such a set, under the descriptor by which it came in: it stays there as long as the open
file does, whatever becomes of that descriptor. It hears of each wake-up on its file's channels, and is then among those
that may be ready; those alone are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import add
from typing import ClassVar

from vm.abi import Errno, OpenFlag, Poll
from vm.abi.notification import EPOLL_NESTS, EPOLL_PATHS, EPOLL_PRIVATE, EpollFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, DescriptorCount, OpenFile, Waiters, Wake
from vm.kernel.files.terminal import INPUT_CHANNEL
from vm.kernel.files.vfs import Inode
from vm.memory.mappings import Pulse
from vm.values import dataclass

_ALWAYS = int(Poll.POLLERR | Poll.POLLHUP)
_READABLE = int(Poll.POLLIN | Poll.POLLRDNORM)
_AT_ONCE = 1024
"""Interests, and files, that are looked at before the host's clock is."""


@dataclass(slots=True, eq=False)
class Interest:
    """A file in the set ``epoll``, and what is asked about it: ``events`` holds events and members of EpollFlag.

    ``data`` is what the program wants to hear with them. ``channels`` are those on which a change is announced.
    """

    _follow: ClassVar[tuple[str, ...]] = ("epoll", "file", "channels")

    epoll: Epoll
    file: OpenFile
    descriptor: int
    events: int
    data: int
    channels: tuple[Channel, ...] = ()

    @property
    def is_exclusive(self) -> bool:
        """True where it hears in turn with others."""
        return bool(self.events & EpollFlag.EPOLLEXCLUSIVE)

    def notice(self) -> bool:
        """Hear of a wake-up on one of the channels; True when that has made somebody ready."""
        return bool(self.events & ~EPOLL_PRIVATE) and self.epoll.may_be_ready(self)

    def poll(self) -> int:
        """Return which of the events there are; of a set, what is typed is looked at before."""
        file = self.file
        if file.has_new_channels:
            self.epoll.follow(self)
        return (file.readiness() if isinstance(file, Epoll) else file.poll()) & self.events

    def file_closed(self) -> None:
        """Hear that the open file is gone."""
        self.epoll.remove(self)


class Epoll(OpenFile):
    """A set of interests, which :meth:`find` finds by descriptor and open file.

    ``ready`` are those that may be ready, in the order of their turns. ``sets`` are those in other sets, and ``typed``
    those in what is typed at the terminal, which nobody announces while nobody waits for it.
    """

    _follow: ClassVar[tuple[str, ...]] = ("ready", "sets", "typed", "_interests", "_waiters", "_count")

    def __init__(self, inode: Inode, waiters: Waiters, count: DescriptorCount) -> None:
        super().__init__(inode, OpenFlag.O_RDWR, b"anon_inode:[eventpoll]")
        self.number = inode.filesystem.new_number()
        self.ready: dict[Interest, None] = {}
        self.sets: dict[Interest, None] = {}
        self.typed: dict[Interest, None] = {}
        self._interests: dict[int, dict[OpenFile, Interest]] = {}
        self._waiters = waiters
        self._count = count

    @property
    def has_files(self) -> bool:
        """True where something in it is no set."""
        return any(not isinstance(file, Epoll) for files in self._interests.values() for file in files)

    def __iter__(self) -> Iterator[Interest]:
        for files in self._interests.values():
            yield from files.values()

    def find(self, descriptor: int, file: OpenFile) -> Interest | None:
        """Return the interest in a file under this descriptor; None when there is none."""
        return self._interests.get(descriptor, {}).get(file)

    # --- changing it --------------------------------------------------------------------------------------------------

    def add(self, descriptor: int, file: OpenFile, events: int, data: int, pulse: Pulse) -> None:
        """Take an interest in a file. ``pulse`` is called now and then, and what it raises ends that.

        Raises SystemCallError: ELOOP for sets in a circle or too deep, ENOSPC for too many interests, EINVAL where too
        many ways would lead to a file.
        """
        if isinstance(file, Epoll) and _is_too_deep(self, file):
            raise SystemCallError(Errno.ELOOP)
        if not self._count.take_interest():
            raise SystemCallError(Errno.ENOSPC)
        interest = Interest(self, file, descriptor, events | _ALWAYS, data)
        self._interests.setdefault(descriptor, {})[file] = interest
        file.interested[interest] = None
        if isinstance(file, Epoll):
            self.sets[interest] = None
        if (self.interested or isinstance(file, Epoll)) and not _are_few_ways_to(file, pulse):
            self.remove(interest)
            raise SystemCallError(Errno.EINVAL)
        self._watch(interest)

    def change(self, interest: Interest, events: int, data: int) -> None:
        """Ask something else about a file."""
        self._unwatch(interest)
        interest.events, interest.data = events | _ALWAYS, data
        self._watch(interest)

    def remove(self, interest: Interest) -> None:
        """Take no more interest in a file."""
        self._unwatch(interest)
        files = self._interests[interest.descriptor]
        del files[interest.file], interest.file.interested[interest]
        if not files:
            del self._interests[interest.descriptor]
        for others in (self.ready, self.sets):
            others.pop(interest, None)
        self._count.interests -= 1

    def _watch(self, interest: Interest) -> None:
        self._watch_channels(interest)
        if interest.file.poll() & interest.events:
            self.may_be_ready(interest)

    def _watch_channels(self, interest: Interest) -> None:
        interest.channels = interest.file.channels(interest.events & ~EPOLL_PRIVATE)
        for channel in interest.channels:
            self._waiters.watch(channel, interest)
        if INPUT_CHANNEL in interest.channels and not isinstance(interest.file, Epoll):
            self.typed[interest] = None

    def _unwatch(self, interest: Interest) -> None:
        for channel in interest.channels:
            self._waiters.unwatch(channel, interest)
        interest.channels = ()
        self.typed.pop(interest, None)

    def follow(self, interest: Interest) -> None:
        """Watch the channels of a file that have become others."""
        if interest.channels != interest.file.channels(interest.events & ~EPOLL_PRIVATE):
            self._unwatch(interest)
            self._watch_channels(interest)

    def closed(self, wake: Wake) -> None:
        """Take no more interest in anything."""
        for interest in list(self):
            self.remove(interest)
        super().closed(wake)

    # --- who is ready -------------------------------------------------------------------------------------------------

    def may_be_ready(self, interest: Interest) -> bool:
        """Let its turn come, and wake who waits for that; True when somebody did."""
        self.ready.setdefault(interest)
        is_awaited = self._waiters.is_awaited("epoll", self.number)
        self._waiters.wake("epoll", self.number)
        return is_awaited

    def look(self, most: int, pulse: Pulse) -> list[tuple[Interest, int]]:
        """Return at most so many interests whose turn it is, with their events; who has none has to wait for others.

        ``pulse`` is called now and then.
        """
        self._look_at_input()
        found: list[tuple[Interest, int]] = []
        idle: list[Interest] = []
        for index, interest in enumerate(self.ready):
            if index % _AT_ONCE == 0:
                pulse()
            if len(found) == most:
                break
            events = interest.poll()
            if events:
                found.append((interest, events))
            else:
                idle.append(interest)
        for interest in idle:
            del self.ready[interest]
        return found

    def told(self, interest: Interest) -> None:
        """Note that the program has heard of an interest's events: its turn comes again, or by a change alone."""
        del self.ready[interest]
        if interest.events & EpollFlag.EPOLLONESHOT:
            interest.events &= EPOLL_PRIVATE
        elif not interest.events & EpollFlag.EPOLLET:
            self.ready[interest] = None

    def _look_at_input(self) -> None:
        """What is typed is announced only to those who wait for it: look whether there is something."""
        awaiting: set[OpenFile] = set()
        for one in _sets_in(self):
            for interest in one.typed:
                if not interest.events & EpollFlag.EPOLLET and interest.poll():
                    one.ready.setdefault(interest)
            inside = [interest for interest in one.sets if interest.file in awaiting] if awaiting else []
            for interest in inside:
                if isinstance(interest.file, Epoll) and interest.file.ready and interest.events & _READABLE:
                    one.ready.setdefault(interest)
            if one.typed or inside:
                awaiting.add(one)

    @property
    def awaits_input(self) -> bool:
        """True where it, or a set in it, has an interest in what is typed."""
        return any(one.typed for one in _sets_in(self))

    def seek(self, offset: int, whence: int) -> int:
        """Stay at 0."""
        return 0

    def poll(self) -> int:
        """Readable while one of the files is ready."""
        self._look_at_input()
        return self.readiness()

    def readiness(self) -> int:
        """Return what :meth:`poll` does, where what is typed has been looked at."""
        for interest in list(self.ready):
            if interest.poll():
                return _READABLE
            del self.ready[interest]
        return 0

    def channels(self, events: int) -> tuple[Channel, ...]:
        """A file that may have become ready is announced, and so is what is typed."""
        own = ("epoll", self.number)
        return (own, INPUT_CHANNEL) if self.awaits_input else (own,)


# --- sets in sets -----------------------------------------------------------------------------------------------------


def _is_too_deep(outer: Epoll, inner: Epoll) -> bool:
    """Tell whether sets would be in a circle, or too many in each other, with ``inner`` in ``outer``."""
    below = _depth(inner, outer, {})
    return below > EPOLL_NESTS or below + 1 + _height(outer, {}) > EPOLL_NESTS


def _depth(epoll: Epoll, sought: Epoll, known: dict[Epoll, int]) -> int:
    """How many sets are in each other below ``epoll``; more than there may be where ``sought`` is one of them."""
    if epoll is sought:
        return EPOLL_NESTS + 1
    if epoll not in known:
        inside = [interest.file for interest in epoll.sets]
        known[epoll] = max((1 + _depth(file, sought, known) for file in inside if isinstance(file, Epoll)), default=0)
    return known[epoll]


def _height(epoll: Epoll, known: dict[Epoll, int]) -> int:
    """How many sets are around ``epoll`` that are in each other."""
    if epoll not in known:
        known[epoll] = max((1 + _height(outer, known) for outer in _around(epoll)), default=0)
    return known[epoll]


def _around(file: OpenFile) -> list[Epoll]:
    return [interest.epoll for interest in file.interested if isinstance(interest, Interest)]


def _are_few_ways_to(file: OpenFile, pulse: Pulse) -> bool:
    """Tell whether a wake-up of each file in ``file`` reaches so few outermost sets that it costs little."""
    known: dict[OpenFile, tuple[int, ...]] = {}
    if not isinstance(file, Epoll):
        return _are_few(_ways(file, known))
    for inner in [one for one in _sets_in(file) if one.has_files]:
        pulse()
        if not _are_few((0, *_ways(inner, known)[:-1])):  # to a file that is in this one alone
            return False
        others = [one.file for one in inner if len(one.file.interested) > 1 and not isinstance(one.file, Epoll)]
        for index, other in enumerate(others):
            if index % _AT_ONCE == 0:
                pulse()
            if not _are_few(_ways(other, known)):
                return False
    return True


def _are_few(ways: Sequence[int]) -> bool:
    """Tell whether there are no more ways than there may be; any number of sets may have the file itself."""
    return all(count <= most for count, most in zip(ways[1:], EPOLL_PATHS[1:], strict=True))


def _sets_in(epoll: Epoll) -> Iterable[Epoll]:
    """Return a set and those in it, each once, however many ways lead to it: behind those that are in it."""
    if not epoll.sets:
        return (epoll,)
    found: dict[Epoll, None] = {}
    _gather(epoll, found)
    return found


def _gather(epoll: Epoll, found: dict[Epoll, None]) -> None:
    for interest in epoll.sets:
        if isinstance(interest.file, Epoll) and interest.file not in found:
            _gather(interest.file, found)
    found[epoll] = None


def _ways(file: OpenFile, known: dict[OpenFile, tuple[int, ...]]) -> tuple[int, ...]:
    """How many ways lead from a file to sets that are in no other, by the number of sets between."""
    if file not in known:
        ways = [0] * len(EPOLL_PATHS)
        for outer in _around(file):
            if outer.interested:
                ways[1:] = map(add, ways[1:], _ways(outer, known))
            else:
                ways[0] += 1
        known[file] = tuple(ways)
    return known[file]
