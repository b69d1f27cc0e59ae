"""Which mistakes are tried: chosen by the seed, of every kind as many, and only where submissions make them."""

from __future__ import annotations

from collections import Counter

import pytest

from vm.grade.checking.mutants import Mutant, choose_mutants, find_mutants
from vm.grade.checking.operators import is_mutable
from vm.grade.lab import Lab, Place, Program
from vm.grade.submissions import Submission

PLACE = Place("tests.toml", 1)
SOURCE = b"""#include <unistd.h>
int main(void) {
    if (fork() == 0) {
        write(1, "ab\\n", 3);
        _exit(0);
    }
    wait(0);
    close(1);
    return 0;
}
"""


def lab(**more: object) -> Lab:
    programs = {
        "a": Program(name="a", path="/a", sources=("a.s", "a.c"), others=("more/b.c",), place=PLACE),
        "own": Program(name="own", path="/own", sources=("own.c",), is_labs=True, place=PLACE),
    }
    return Lab(name="lab", file="tests.toml", digest="0", programs=programs, tests=(), **more)  # type: ignore[arg-type]


def files_of(mutants: list[Mutant]) -> set[str]:
    return {mutant.file for mutant in mutants}


def test_mistakes_are_made_in_what_programs_are_made_of() -> None:
    files = {
        "a.c": SOURCE,
        "more/b.c": SOURCE,
        "own.c": SOURCE,
        "old.c": SOURCE,
        "a.h": b"#define N 2\n",
        "x.h": b"#define M 3\n",
    }
    handed = Submission(name="reference", digest="1", files=files)
    assert files_of(find_mutants(lab(), handed)) == {"a.c", "more/b.c", "a.h", "x.h"}
    assert files_of(find_mutants(lab(given={"x.h": b""}), handed)) == {"a.c", "more/b.c", "a.h"}
    assert is_mutable("a/b.S")
    assert not is_mutable("a.out")


def test_the_first_source_that_is_there_is_the_program() -> None:
    files = {"a.c": SOURCE, "a.s": b"_start: li a0, 3\n"}
    assert files_of(find_mutants(lab(), Submission(name="r", digest="1", files=files))) == {"a.s"}


def test_a_mutant_says_what_it_changes() -> None:
    found = find_mutants(lab(), Submission(name="r", digest="1", files={"a.c": SOURCE}))
    assert "a.c:7: no-wait: wait(0) → nothing" in map(str, found)
    assert "a.c:3: comparison: == → !=" in map(str, found)
    for mutant in found:
        made = mutant.made_of(Submission(name="r", digest="1", files={"a.c": SOURCE, "b": b"b"}))
        old, new = SOURCE.splitlines(), made.files["a.c"].splitlines()
        assert [number for number, lines in enumerate(zip(old, new, strict=True), 1) if lines[0] != lines[1]] == [
            mutant.line
        ]
        assert made.files["b"] == b"b"
    assert len(
        {mutant.made_of(Submission(name="r", digest="1", files={"a.c": SOURCE})).digest for mutant in found}
    ) == len(found)


def test_bytes_that_are_no_text_stay() -> None:
    source = b'char *s = "\xff\xc3\xa4b"; /* \x80 */\n'
    (mutant,) = find_mutants(lab(), Submission(name="r", digest="1", files={"a.c": source}))
    made = mutant.made_of(Submission(name="r", digest="1", files={"a.c": source}))
    assert made.files["a.c"] == b'char *s = "\xff\xc3\xa4c"; /* \x80 */\n'


def test_they_are_spread_over_the_operators() -> None:
    found = find_mutants(lab(), Submission(name="r", digest="1", files={"a.c": SOURCE * 20}))
    kinds = len({mutant.operator for mutant in found})
    chosen = choose_mutants(found, 2 * kinds, 7)
    assert set(Counter(mutant.operator for mutant in chosen).values()) == {2}
    assert chosen == [mutant for mutant in found if mutant in chosen]


@pytest.mark.parametrize("count", [0, 1, 5, 10_000])
def test_the_seed_chooses(count: int) -> None:
    found = find_mutants(lab(), Submission(name="r", digest="1", files={"a.c": SOURCE * 5}))
    chosen = choose_mutants(found, count, 0)
    assert len(chosen) == min(count, len(found))
    assert chosen == choose_mutants(found, count, 0)
    assert count != 5 or chosen != choose_mutants(found, count, 1)
    assert count <= len(found) or chosen == found
