"""Recipes: the code of regions with all that must hold for it, as they are kept from one run to the next."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

from vm.values import dataclass

Page = tuple[int, bytes]
"""A page's address, and a digest of its content."""

_COUNTS, _PAGE, _RECIPE, _PAIR = (struct.Struct(text) for text in ("<II", "<I32s", "<IIIHHH", "<II"))
"""Pages and recipes; a page; a recipe's entry, instructions, bytes, pages, spans and links; a span or a link."""


@dataclass(frozen=True, slots=True)
class Code:
    """Machine code, entered at its beginning, and its constants, to be placed where the arena aligns.

    ``links``: (place, guest address): a signed 32-bit displacement to the state block's link for that address.
    """

    data: bytes
    links: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """The code of the region at ``entry``, and the ``pages`` it was made from, the entry's first.

    ``spans`` are the first and the last address of each stretch of its instructions. ``stops`` are addresses at which
    it ends although it could go on, since somebody wanted to stop there; with some it is not kept for later runs.
    """

    entry: int
    pages: tuple[Page, ...]
    instructions: int
    code: Code
    spans: tuple[tuple[int, int], ...]
    stops: tuple[int, ...] = ()


class NoRecipes(Exception):
    """These bytes are not what :func:`pack` makes."""


def page_digest(content: bytes) -> bytes:
    """Names the content of a page, in 32 bytes."""
    return hashlib.sha256(content).digest()


def pack(recipes: Iterable[Recipe]) -> bytes:
    """Recipes as bytes: counts, pages, a row for each recipe, the pages, spans and links of all of them, all code."""
    recipes = list(recipes)
    pages = {page: number for number, page in enumerate(dict.fromkeys(page for r in recipes for page in r.pages))}
    parts = [_COUNTS.pack(len(pages), len(recipes)), *(_PAGE.pack(*page) for page in pages)]
    parts += [
        _RECIPE.pack(r.entry, r.instructions, len(r.code.data), len(r.pages), len(r.spans), len(r.code.links))
        for r in recipes
    ]
    parts += [struct.pack("<I", pages[page]) for r in recipes for page in r.pages]
    parts += [_PAIR.pack(*span) for r in recipes for span in r.spans]
    parts += [_PAIR.pack(*link) for r in recipes for link in r.code.links]
    parts += [r.code.data for r in recipes]
    return b"".join(parts)


def unpack(data: bytes) -> list[Recipe]:
    """The recipes in what :func:`pack` made. Raises NoRecipes for anything else."""
    try:
        recipes = _unpack(data)
    except (struct.error, IndexError) as error:
        raise NoRecipes(str(error)) from error
    for recipe in recipes:
        code = recipe.code
        if not code.data or any(place + 4 > len(code.data) for place, _ in code.links):
            raise NoRecipes("no code, or a link outside")
        if not recipe.pages or recipe.pages[0][0] != recipe.entry & -4096:
            raise NoRecipes("made from another page than the entry's")
        if not any(first <= recipe.entry <= last for first, last in recipe.spans):
            raise NoRecipes("made from other instructions than the entry's")
    return recipes


def _unpack(data: bytes) -> list[Recipe]:
    page_count, recipe_count = _COUNTS.unpack_from(data)
    place = _COUNTS.size
    pages = list(_PAGE.iter_unpack(data[place : place + page_count * _PAGE.size]))
    place += page_count * _PAGE.size
    rows = list(_RECIPE.iter_unpack(data[place : place + recipe_count * _RECIPE.size]))
    place += recipe_count * _RECIPE.size
    numbers = struct.unpack_from(f"<{sum(row[3] for row in rows)}I", data, place)
    place += 4 * len(numbers)
    span_count, link_count = sum(row[4] for row in rows), sum(row[5] for row in rows)
    pairs = list(_PAIR.iter_unpack(data[place : place + _PAIR.size * (span_count + link_count)]))
    place += _PAIR.size * len(pairs)
    recipes, page, span, link = [], 0, 0, span_count
    for entry, instructions, size, page_count, span_count, link_count in rows:
        code = Code(data[place : place + size], tuple(pairs[link : link + link_count]))
        its_pages = tuple(pages[number] for number in numbers[page : page + page_count])
        recipes.append(Recipe(entry, its_pages, instructions, code, tuple(pairs[span : span + span_count])))
        place, page, span, link = place + size, page + page_count, span + span_count, link + link_count
    if place != len(data):
        raise NoRecipes(f"{len(data)} bytes instead of {place}")
    return recipes
