"""Translations kept on disk, so that a second run starts hot.

One file holds the regions whose entry lies on one page: its name is a digest of the page's address and content, and its
folder's name one of this translator's sources, LLVM and the host's processor. Files are sealed (:mod:`vm.cache`), so
that a damaged file, or one from elsewhere, counts as none.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vm.cache import read_sealed, write_sealed
from vm.engine.translator.native import Code

MOST_FILES = 4096
"""Files kept in a folder; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The code of a region and what must hold for it: ``pages`` are (address, digest of content), the entry's first."""

    entry: int
    pages: tuple[tuple[int, str], ...]
    instructions: int
    code: Code


def page_digest(content: bytes) -> str:
    """Names the content of a page."""
    return hashlib.sha256(content).hexdigest()


def pack(recipes: list[Recipe]) -> bytes:
    """Recipes as bytes: a line of JSON, and the code of all of them."""
    rows = [
        {"entry": r.entry, "pages": r.pages, "instructions": r.instructions, "links": r.code.links,
         "size": len(r.code.data)}
        for r in recipes
    ]  # fmt: skip
    return json.dumps(rows).encode() + b"\n" + b"".join(r.code.data for r in recipes)


def unpack(data: bytes) -> list[Recipe]:
    """The recipes in what :func:`pack` made."""
    head, _, code = data.partition(b"\n")
    recipes, start = [], 0
    for row in json.loads(head):
        links = tuple((place, target) for place, target in row["links"])
        pages = tuple((page, digest) for page, digest in row["pages"])
        body = Code(code[start : start + row["size"]], links)
        recipes.append(Recipe(row["entry"], pages, row["instructions"], body))
        start += row["size"]
    return recipes


def _name(key: tuple[int, str]) -> str:
    return f"{key[0]:08x}-{key[1][:32]}"


class Cache:
    """The recipes in ``folder``, those in a ``shared`` one, and those made in this process; None is no folder."""

    def __init__(self, folder: Path | None, shared: Path | None = None) -> None:
        self.folder = folder
        self.shared = shared
        self._pages: dict[tuple[int, str], dict[int, Recipe]] = {}
        self._changed: set[tuple[int, str]] = set()

    def recipes(self, page: int, digest: str) -> dict[int, Recipe]:
        """The recipes for the page of this address and content, by their entries."""
        key = (page, digest)
        if key not in self._pages:
            self._pages[key] = self._read(key)
        return self._pages[key]

    def add(self, recipe: Recipe) -> None:
        """Keep a new recipe; :meth:`save` writes it."""
        key = recipe.pages[0]
        self.recipes(*key)[recipe.entry] = recipe
        self._changed.add(key)

    def save(self) -> None:
        """Write what is new. A folder that cannot be written loses it."""
        changed, self._changed = self._changed, set()
        if self.folder is None or not changed:
            return
        with suppress(OSError):
            for key in changed:
                # Another process may have written the same page's file since.
                self._write(self.folder, key, {**self._read(key), **self._pages[key]})
            self._prune(self.folder)

    def forget(self) -> None:
        """Save what is new, and keep nothing in memory."""
        self.save()
        self._pages.clear()

    def _read(self, key: tuple[int, str]) -> dict[int, Recipe]:
        found: dict[int, Recipe] = {}
        for folder, is_shared in ((self.shared, True), (self.folder, False)):
            data = None if folder is None else read_sealed(folder / _name(key), shared=is_shared)
            found |= {} if data is None else {recipe.entry: recipe for recipe in unpack(data)}
        return found

    def _write(self, folder: Path, key: tuple[int, str], recipes: dict[int, Recipe]) -> None:
        write_sealed(folder / _name(key), pack(list(recipes.values())))

    @staticmethod
    def _prune(folder: Path) -> None:
        files: list[Any] = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime)
        for entry in files[: max(0, len(files) - MOST_FILES)]:
            os.unlink(entry.path)
