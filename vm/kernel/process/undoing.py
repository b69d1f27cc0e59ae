"""What a process has done to semaphores and wants undone when it ends (SEM_UNDO, semop(2))."""

from __future__ import annotations

from typing import ClassVar, Protocol


class Undoable(Protocol):
    """What has noted how to undo what was done to it."""

    def undo(self, undoing: Undoing, pid: int) -> None:
        """Undo what ``undoing`` stands for; process ``pid`` has ended."""


class Undoing:
    """The places where something is to be undone, the last one used at the end.

    ``users`` counts the threads that have it together (CLONE_SYSVSEM, clone(2)); the last one that ends undoes it. A
    child has none of its parent's, and exec(2) keeps it.
    """

    _follow: ClassVar[tuple[str, ...]] = ("places",)

    def __init__(self) -> None:
        self.users = 1
        self.places: dict[Undoable, None] = {}

    def share(self) -> Undoing:
        """Let one thread more have it."""
        self.users += 1
        return self

    def note(self, place: Undoable) -> None:
        """Something is to be undone at ``place``, which was used last."""
        self.places.pop(place, None)
        self.places[place] = None

    def forget(self, place: Undoable) -> None:
        """There is nothing to be undone at ``place``."""
        self.places.pop(place, None)

    def release(self, pid: int) -> None:
        """A thread of process ``pid`` ends: undo everything if it was the last one, where it was used last at first."""
        self.users -= 1
        while not self.users and self.places:
            place, _ = self.places.popitem()
            place.undo(self, pid)
