"""What is kept of a translation comes back as it was."""

from __future__ import annotations

import random
from typing import Any

from vm.engine.translator.recipes import Code, Recipe, pack, page_digest, unpack


def fields(recipe: Recipe) -> tuple[Any, ...]:
    return recipe.entry, recipe.pages, recipe.instructions, recipe.code


def test_recipes_are_unpacked_as_they_were_packed() -> None:
    numbers = random.Random(13)
    pages = [(number << 12, page_digest(numbers.randbytes(4096))) for number in (0, 16, 17, 0xF_FFFF)]
    recipes = []
    for entry in (0, 0x1_0000, 0x1_0FFC, 0xFFFF_FFFC, 0x1_0000):
        links = tuple((numbers.randrange(1000), numbers.randrange(1 << 32)) for _ in range(numbers.randrange(4)))
        code = Code(numbers.randbytes(numbers.randrange(1, 2000)), links)
        recipes.append(Recipe(entry, tuple(numbers.sample(pages, numbers.randint(1, 4))), numbers.randrange(251), code))
    for some in (recipes, recipes[:1], []):
        assert [fields(recipe) for recipe in unpack(pack(some))] == [fields(recipe) for recipe in some]
