"""The manual's page of rules names every rule, every key and every word that it explains, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from vm.grade.conduct import ENTRY_LIMIT
from vm.grade.rules.table import RULES
from vm.grade.rules.values import BY
from vm.grade.rules.words import WORDS

PAGE = (Path(__file__).parents[3] / "vm" / "manual" / "rules.md").read_text()


def test_every_rule_is_explained() -> None:
    assert {name for name in RULES if f"`{name}`" not in PAGE} == set()


def test_every_way_to_say_who_is_meant_is_explained() -> None:
    assert all(f'`"{by}"`' in PAGE for by in BY)
    assert f"{ENTRY_LIMIT:,} processes" in PAGE


def test_the_words_of_the_table_are_words_of_rules() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"`(\w+)`", row)]
    assert len(words) > 15
    assert set(words) <= WORDS.keys()
