"""What is kept of a translation comes back as it was."""

from __future__ import annotations

import pickle
import random
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.damages import DAMAGES
from vm.cache import write_sealed
from vm.engine.translator import stubs
from vm.engine.translator.cache import Cache, _name
from vm.engine.translator.recipes import Code, NoRecipes, Recipe, pack, page_digest, unpack


def fields(recipe: Recipe) -> tuple[Any, ...]:
    return recipe.entry, recipe.pages, recipe.instructions, recipe.code, recipe.spans


def some_recipes() -> list[Recipe]:
    numbers = random.Random(13)
    pages = {number << 12: page_digest(numbers.randbytes(4096)) for number in (0, 16, 17, 0xF_FFFF)}
    recipes = []
    for entry in (0, 0x1_0000, 0x1_0FFC, 0xFFFF_FFFC, 0x1_0000):
        links = tuple((numbers.randrange(1000), numbers.randrange(1 << 32)) for _ in range(numbers.randrange(4)))
        code = Code(numbers.randbytes(numbers.randrange(1004, 2000)), links)
        others = numbers.sample([page for page in pages.items() if page[0] != entry & -4096], numbers.randint(0, 3))
        own = (entry & -4096, pages[entry & -4096])
        spans = ((entry, entry), *((entry + 8 * n, entry + 8 * n + 4) for n in range(numbers.randrange(3))))
        spans = tuple((first & 0xFFFF_FFFF, last & 0xFFFF_FFFF) for first, last in spans)
        recipes.append(Recipe(entry, (own, *others), numbers.randrange(251), code, spans))
    return recipes


def test_recipes_are_unpacked_as_they_were_packed() -> None:
    recipes = some_recipes()
    for some in (recipes, recipes[:1], []):
        assert [fields(recipe) for recipe in unpack(pack(some))] == [fields(recipe) for recipe in some]


def wrong_shapes(recipes: list[Recipe]) -> list[bytes]:
    """What would be sealed by mistake."""
    first, data = recipes[0], pack(recipes)
    changed = [
        replace(first, pages=()), replace(first, pages=((4096, b"x" * 32),)), replace(first, entry=0x5000),
        replace(first, spans=()), replace(first, spans=((8, 12),)), replace(first, code=Code(b"", ())),
        replace(first, code=Code(bytes(8), ((5, 0),))),
    ]  # fmt: skip
    counts = [struct.pack("<II", *pair) + data[8:] for pair in ((0, 5), (5, 0), (4, 6), (1 << 31, 5), (4, 1 << 31))]
    texts = [b"", b"\0", b"\xff" * 8, b"\xff" * 500, b'[{"entry": 0}]\n', pickle.dumps(recipes[0].pages)]
    return [
        *texts,
        *counts,
        *(pack([each, *recipes]) for each in changed),
        data[:-1],
        data[:100],
        data + b"x",
        data[1:],
    ]


def test_what_is_kept_in_another_shape_counts_as_none(tmp_path: Path) -> None:
    recipes = some_recipes()
    program = recipes[1].pages[0]
    for data in wrong_shapes(recipes):
        with pytest.raises(NoRecipes):
            unpack(data)
        write_sealed(tmp_path / _name(program), data)
        cache = Cache(tmp_path)
        assert not cache.recipes(program)
        cache.add(program, recipes[1])
        cache.save()
        (kept,) = Cache(tmp_path).recipes(program)
        assert fields(kept) == fields(recipes[1])


def test_any_bytes_are_recipes_or_none() -> None:
    data = pack(some_recipes())
    for seed in range(500):
        numbers = random.Random(seed)
        damaged = bytearray(data[: numbers.choice((len(data), numbers.randrange(len(data))))])
        for _ in range(numbers.randrange(4) if damaged else 0):
            damaged[numbers.randrange(min(len(damaged), 400))] = numbers.randrange(256)
        try:
            recipes = unpack(bytes(damaged))
        except NoRecipes:
            continue
        assert all(recipe.code.data and recipe.pages for recipe in recipes)


def test_200_damaged_files_are_noticed_and_made_again(tmp_path: Path) -> None:
    recipes = some_recipes()
    program = recipes[1].pages[0]
    folder = tmp_path / "0123456789"
    folder.mkdir()
    file = folder / _name(program)
    for number in range(200):
        cache = Cache(folder)
        for recipe in recipes:
            cache.add(program, recipe)
        cache.save()
        assert len([*Cache(folder).recipes(program)]) == len(recipes)
        DAMAGES[number % len(DAMAGES)](file, random.Random(number))
        assert not Cache(folder).recipes(program), DAMAGES[number % len(DAMAGES)]


def test_stubs_of_another_shape_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = struct.pack("<5I", 0, 16, 32, 48, 64) + bytes(80)
    monkeypatch.setattr(stubs, "_compiled", lambda: good)
    expected = stubs.stubs(Cache(None))
    for data in (b"", good[:20], good[:19], good[:84], b"\xff" * 200):
        write_sealed(tmp_path / "stubs", data)
        assert stubs.stubs(Cache(tmp_path)) == expected
        assert Cache(tmp_path).read("stubs") == good
