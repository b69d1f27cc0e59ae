"""What a film says of its run before anything is shown."""

from __future__ import annotations

from vm.film.heading import title_of, told_settings
from vm.settings import Settings


def test_settings_are_told_that_shape_a_run_or_are_not_as_usual() -> None:
    usual = {"strategy": "copy", "seed": 0, "quantum": 10_000, "memory": "256 MiB"}
    assert told_settings(Settings()) == usual
    unusual = Settings(fork="cow", vfork_as_fork=True, memory=256 << 10, instructions=5, user="root")
    more = {"strategy": "cow", "vfork as fork": "yes", "memory": "256 KiB", "instructions": 5, "user": "root"}
    assert told_settings(unusual) == usual | more


def test_a_film_without_a_title_is_called_as_its_program() -> None:
    assert title_of("programs/c/sh.c", ["-c", "a\tb"]) == "sh.c -c a\\tb"
    assert title_of("hello.s", []) == "hello.s"
    assert len(title_of("x" * 300, [])) == 100
