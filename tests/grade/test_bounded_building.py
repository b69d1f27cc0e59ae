"""Building is bounded by what does not depend on the computer: sizes, memory, processor time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.grade.graded import graded, only
from vm import confine, toolchain
from vm.grade.building import LARGEST_SOURCE

HEAD = 'forklore = 1\nname = "A lab"\n\n[programs.p]\nsource = ["p.s", "p.c", "p.S"]\n\n'
TEST = '[[tests]]\nname = "t"\n'


@pytest.mark.parametrize(
    "files",
    [
        {"p.s": b"#" * (LARGEST_SOURCE + 1)},
        {"p.c": b"/" * (LARGEST_SOURCE + 1)},
        {"p.S": b"#define A " + b"nop;" * 1000 + b"\n" + b"A\n" * (LARGEST_SOURCE // 3000)},
    ],
)
def test_what_nobody_has_written_is_no_source(tmp_path: Path, files: dict[str, bytes]) -> None:
    [failure] = only(graded(tmp_path, TEST, files, HEAD)).failures
    assert failure.kind == "build"
    assert any("more than 1 MiB of source" in line for line in failure.details)


SOURCES = {
    "memory": (b"int large[1 << 28] = {[(1 << 28) - 1] = 1};\nint main(void) { return 0; }\n", "out of memory"),
    "itself": (b'#include "p.c"\nint main(void) { return 0; }\n', "In file included from p.c:1:"),
    "errors": (b'#error "x"\n' * 1000, "… and 22 lines more"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_what_the_compiler_says_is_short_and_names_no_place(tmp_path: Path, name: str) -> None:
    source, text = SOURCES[name]
    [failure] = only(graded(tmp_path, TEST, {"p.c": source}, HEAD)).failures
    assert failure.kind == "build"
    said = "\n".join(failure.details)
    assert text in said
    assert "InstalledDir" not in said
    assert "ziglang" not in said
    assert "/tmp" not in said


HURRIED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_compiler_has_so_much_of_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else is at work: it is not the clock that ends it."""
    source = b"int error;\n" * 20_000 + b"error;\n" * 60_000
    real = toolchain._confined

    def hurried(*arguments: object) -> object:
        command, environment = real(*arguments)  # type: ignore[arg-type]
        at = command.index(confine.__file__)
        return [command[0], "-P", "-c", HURRIED, *command[at:]], environment

    monkeypatch.setattr(toolchain, "_confined", hurried)
    [failure] = only(graded(tmp_path, TEST, {"p.c": source}, HEAD)).failures
    assert failure.details[0] == toolchain.STOPPED
