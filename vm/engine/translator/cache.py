"""Translations kept on disk, so that a second run starts hot.

One file holds the regions of one program: its name is a digest of the first page of the program's code, address and
content, and its folder's name one of this translator's sources, LLVM and the host's processor. Programs that begin
alike share a file; each region names the content of all pages it was made from. Beside them lie the stubs. Files are
sealed (:mod:`vm.cache`), so that a damaged file, or one from elsewhere, counts as none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from vm.cache import cache_directory, read_sealed, shared_directory, write_sealed
from vm.engine.translator.recipes import NoRecipes, Page, Recipe, pack, unpack
from vm.native.kept import source_digest

MOST_FILES = 4096
"""Files kept in a folder; the oldest go first."""
MOST_RECIPES = 4096
"""Recipes kept in a file; the oldest go first."""
MOST_PROGRAMS = 1024
"""Programs whose recipes are remembered in memory, be it that there are none."""


class Recipes:
    """The recipes of a program, the oldest first on every page: one for each entry, content of its pages, and stops."""

    def __init__(self, recipes: Iterable[Recipe] = ()) -> None:
        self._by_page: dict[int, dict[tuple[int, tuple[Page, ...], tuple[int, ...]], Recipe]] = {}
        for recipe in recipes:
            self.add(recipe)

    def add(self, recipe: Recipe) -> None:
        """Add one, in place of an older one."""
        key = recipe.entry, recipe.pages, recipe.stops
        self._by_page.setdefault(recipe.entry & -4096, {})[key] = recipe

    def on_page(self, address: int) -> Iterable[Recipe]:
        """Those whose entries lie on the page of ``address``."""
        return [*self._by_page.get(address & -4096, {}).values()]

    def __iter__(self) -> Iterator[Recipe]:
        # Lists are made at once: copies of a machine that share a cache may run in several threads.
        return (recipe for page in [*self._by_page.values()] for recipe in [*page.values()])

    def __bool__(self) -> bool:
        return bool(self._by_page)


class Cache:
    """What lies in ``folder``, and in a ``shared`` one, and was made in this process; None is no folder."""

    def __init__(self, folder: Path | None, shared: Path | None = None) -> None:
        self.folder = folder
        self.shared = shared
        self._programs: dict[Page, Recipes] = {}
        self._changed: set[Page] = set()

    def recipes(self, program: Page) -> Recipes:
        """The recipes for the program whose code begins with this page."""
        if program not in self._programs:
            if len(self._programs) >= MOST_PROGRAMS:
                self.forget()
            self._programs[program] = self._read(program)
        return self._programs[program]

    def add(self, program: Page, recipe: Recipe) -> None:
        """Keep a new recipe; :meth:`save` writes it, but for one that stops."""
        self.recipes(program).add(recipe)
        if not recipe.stops:
            self._changed.add(program)

    def save(self) -> None:
        """Write what is new. A folder that cannot be written loses it."""
        changed, self._changed = self._changed, set()
        if self.folder is None or not changed:
            return
        with suppress(OSError):
            for program in changed:
                # Another process may have written the same program's file since.
                known = (recipe for recipe in self._programs[program] if not recipe.stops)
                recipes = [*Recipes([*self._read(program), *known])]
                write_sealed(self.folder / _name(program), pack(recipes[-MOST_RECIPES:]))
            self._prune(self.folder)

    def forget(self) -> None:
        """Save what is new, and keep nothing in memory."""
        self.save()
        self._programs.clear()

    def read(self, name: str) -> bytes | None:
        """What :meth:`write` wrote; None without it."""
        for folder, is_shared in ((self.shared, True), (self.folder, False)):
            data = None if folder is None else read_sealed(folder / name, shared=is_shared)
            if data is not None:
                return data
        return None

    def write(self, name: str, data: bytes) -> None:
        """Keep ``data`` in a file of its own, if that can be."""
        if self.folder is not None:
            with suppress(OSError):
                write_sealed(self.folder / name, data)

    def _read(self, program: Page) -> Recipes:
        found = Recipes()
        for folder, is_shared in ((self.shared, True), (self.folder, False)):
            data = None if folder is None else read_sealed(folder / _name(program), shared=is_shared)
            if data is not None:
                with suppress(NoRecipes):
                    for recipe in unpack(data):
                        found.add(recipe)
        return found

    @staticmethod
    def _prune(folder: Path) -> None:
        files: list[Any] = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime)
        for entry in files[: max(0, len(files) - MOST_FILES)]:
            with suppress(OSError):  # another process was faster, or it is none of ours
                os.unlink(entry.path)


def _name(program: Page) -> str:
    return f"{program[0]:08x}-{program[1].hex()[:32]}"


def cache_on_disk() -> Cache:
    """The cache of what this translator and LLVM make for this processor."""
    return Cache(cache_directory("translations", source_digest()), shared_directory("translations", source_digest()))
