"""The deterministic automaton of what can be read: all that remains of several orders, byte by byte.

A node stands for everything that may have happened when a text has been read. The texts that lead on from a node begin
with different bytes and are as long as they can be. Nodes are found when somebody comes by (the subset construction).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from vm.outcomes.rests import Rest, Rests, Room, TooLarge

Option = tuple[bytes, Rest, int]
"""What may be going on: the text that comes next in any case, what remains after it, and the number of its end."""


class Node:
    """A node, once it is expanded: the ``edges`` to others, what may come of the next stream, and how it may end.

    ``stop`` is the node from which the next stream is read, ``ends`` are the numbers of the ends after the last one.
    """

    __slots__ = ("count", "edges", "ends", "options", "stop", "stream")

    def __init__(self, stream: int, options: frozenset[int]) -> None:
        self.stream = stream
        self.options = options
        self.edges: tuple[tuple[bytes, Node], ...] | None = None
        self.stop: Node | None = None
        self.ends: tuple[int, ...] = ()
        self.count = 0


Path = list[tuple[Node, bytes]]
"""Nodes, each with the text that leads on from it; where a stream ends that is empty."""


class Reader:
    """The automaton that begins with any of the rests ``starts``, each with the number of its end.

    ``streams`` are read one after the other, so many as there are (at least one).
    """

    def __init__(self, rests: Rests, starts: Iterable[tuple[Rest, int]], streams: int, room: Room) -> None:
        self._rests = rests
        self._room = room
        self._streams = streams
        self._numbers: dict[Option, int] = {}
        self._options: list[Option] = []
        self._moves: dict[int, list[tuple[bytes, list[int]]]] = {}
        self._nodes: list[dict[frozenset[int], Node]] = [{} for _ in range(streams)]
        self.starts = [self._option(b"", rest, end) for rest, end in starts]
        self.root = self._node(0, frozenset(self.starts))

    @property
    def is_full(self) -> bool:
        """True when no node can be added; those that were expanded can be asked on."""
        return self._room.left < 0

    def edges(self, node: Node) -> tuple[tuple[bytes, Node], ...]:
        """The texts that lead on, sorted, and where to; the node is expanded."""
        if node.edges is None:
            node.edges = tuple(self._expanded(node))
            self._stop(node)
        return node.edges

    def _expanded(self, node: Node) -> Iterator[tuple[bytes, Node]]:
        found: dict[int, dict[bytes, set[int]]] = {}
        for option in node.options:
            for text, after in self._moves_of(option):
                found.setdefault(text[0], {}).setdefault(text, set()).update(after)
        for byte in sorted(found):
            common = _common(found[byte])
            reached = (self._later(text[len(common) :], after) for text, after in found[byte].items())
            yield common, self._node(node.stream, frozenset().union(*reached))

    def _stop(self, node: Node) -> None:
        reached, ends = set[int](), set[int]()
        for option in node.options:
            for after in self._after(option, b""):
                reached.add(after)
                ends.add(self._options[after][2])
        if reached and node.stream + 1 < self._streams:
            node.stop = self._node(node.stream + 1, frozenset(reached))
        elif reached:
            node.ends = tuple(sorted(ends))

    def path(self, texts: Sequence[bytes]) -> Path | None:
        """The nodes on the way of the texts, with what leads on from each; None when the texts cannot be."""
        node, found = self.root, list[tuple[Node, bytes]]()
        for text in texts:
            if found:
                if node.stop is None:
                    return None
                node = node.stop
            at = 0
            while at < len(text):
                edges = self.edges(node)
                edge = next(((part, after) for part, after in edges if text.startswith(part, at)), None)
                if edge is None:
                    return None
                found.append((node, edge[0]))
                at, node = at + len(edge[0]), edge[1]
            self.edges(node)
            found.append((node, b""))
        return found if node.ends else None

    def over(self, end: int) -> set[int]:
        """The options that are left when all has been read and it ends like that."""
        return {self._option(b"", self._rests.nothing, end)}

    def leading(self, node: Node, text: bytes, options: Set[int]) -> set[int]:
        """Those of a node's options of which the text may leave one of these; no text means the end of the stream."""
        return {option for option in node.options if not options.isdisjoint(self._after(option, text))}

    def _after(self, option: int, text: bytes) -> Iterator[int]:
        if text:
            for more, after in self._moves_of(option):
                if more.startswith(text):
                    yield from self._later(more[len(text) :], after)
            return
        pending, rest, end = self._options[option]
        left = None if pending else self._rests.next_stream(rest)
        if left is not None:
            yield option if left is rest else self._option(b"", left, end)

    def count(self) -> int:
        """The number of ways from the root to an end. Raises :class:`TooLarge` with what is known of it."""
        if self.root.count:
            return self.root.count
        path = [(self.root, self._next(self.root))]
        try:
            while path:
                node, ahead = path[-1]
                for after in ahead:
                    if not after.count:
                        path.append((after, self._next(after)))
                        break
                else:
                    node.count = len(node.ends) + sum(after.count for after in self._next(node))
                    path.pop()
        except TooLarge:
            raise TooLarge(self._least([node for node, _ in path])) from None
        return self.root.count

    def _next(self, node: Node) -> Iterator[Node]:
        for _, after in self.edges(node):
            yield after
        if node.stop is not None:
            yield node.stop

    def _least(self, path: Sequence[Node]) -> int:
        """How many ways there are at least: each node leads to an end, and those that are counted to more."""
        least = 1
        for node, within in zip(path[-2::-1], path[:0:-1], strict=True):
            others = [after for after in self._next(node) if after is not within]
            least += len(node.ends) + sum(max(after.count, 1) for after in others)
        return least

    def _option(self, pending: bytes, rest: Rest, end: int) -> int:
        text, rest = self._rests.forced(rest)
        return self._numbered((pending + text, rest, end))

    def _numbered(self, option: Option) -> int:
        number = self._numbers.setdefault(option, len(self._options))
        if number == len(self._options):
            self._room.take(1 + len(option[0]) // 64)
            self._options.append(option)
        return number

    def _later(self, pending: bytes, options: Iterable[int]) -> Iterable[int]:
        """The options when the text comes before them."""
        if not pending:
            return options
        return [
            self._numbered((pending + text, rest, end)) for text, rest, end in map(self._options.__getitem__, options)
        ]

    def _moves_of(self, option: int) -> Sequence[tuple[bytes, Sequence[int]]]:
        """The texts that may come next, and the options after each."""
        found = self._moves.get(option)
        if found is None:
            pending, rest, end = self._options[option]
            moves = {pending: (rest,)} if pending else self._rests.moves(rest)
            found = self._moves[option] = [
                (text, [self._option(b"", each, end) for each in after]) for text, after in moves.items()
            ]
        return found

    def _node(self, stream: int, options: frozenset[int]) -> Node:
        found = self._nodes[stream].get(options)
        if found is None:
            self._room.take(1 + len(options) // 8)
            found = self._nodes[stream][options] = Node(stream, options)
        return found


def _common(texts: Iterable[bytes]) -> bytes:
    """The longest text that all begin with."""
    least, most = min(texts), max(texts)
    if least is most:
        return least
    size = next((at for at, byte in enumerate(least) if byte != most[at]), len(least))
    return least[:size]
