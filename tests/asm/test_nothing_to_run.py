"""Sources that assemble, and whose image has nothing where execution would start."""

from __future__ import annotations

import pytest

from asm import Source, assemble
from vm import CannotRun, Machine


def obstacle(text: str) -> str:
    found = assemble([Source("x.s", text)]).obstacle
    return "" if found is None else str(found).partition("\n")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x.s: error: no instructions in .text"),
        (".data\n.word 1\n", "x.s: error: no instructions in .text"),
        (".data\nx: .word 1\n_start: li a0, 0\n", "x.s:3:1: error: line 3 is in .data; write .text before it"),
        (".rodata\n nop\n", "x.s:2:2: error: line 2 is in .rodata; write .text before it"),
        (".text\nnop\n.data\n_start: nop\n", "x.s:4:1: error: line 4 is in .data; write .text before it"),
        ("nop\n.data\nnop\n", ""),
        (".word 1\n", ""),
    ],
)
def test_what_keeps_an_image_from_running(text: str, said: str) -> None:
    assert obstacle(text) == said


def test_a_run_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("sources")
    for text, said in (
        ("", "x.s: it cannot be run\nx.s: error: no instructions in .text"),
        ("foo\n", "x.s: it cannot be assembled\nx.s:1:1: error: unknown instruction 'foo'"),
    ):
        (folder / "x.s").write_text(text)
        with pytest.raises(CannotRun) as caught:
            Machine().run(folder / "x.s")
        assert str(caught.value).startswith(f"{folder}/{said}")
        assert caught.value.status == 126
