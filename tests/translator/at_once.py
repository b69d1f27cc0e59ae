"""The translator, made to translate whatever it meets."""

from __future__ import annotations

from functools import cache
from typing import Any


def translate_at_once(memory: Any) -> Any:
    """A translator for ``memory`` that interprets nothing it can translate.

    What was translated for another machine of these tests is not compiled again.
    """
    from vm.engine.translator.engine import Translator

    return Translator(memory, threshold=0, cache=_recipes())


@cache
def _recipes() -> Any:
    from vm.engine.translator.cache import Cache

    return Cache(None)
