"""Whatever a file with tests has in it makes a lab, or says what is wrong with it, within a bounded time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asm import Source, assemble
from tests.grade.reading.labs_written import HEAD, write_lab
from vm.grade.images import Images
from vm.grade.lab import Lab
from vm.grade.reading import WrongLab, read_lab
from vm.grade.reading.labs import LARGEST
from vm.grade.reading.tables import TABLES
from vm.grade.trying import try_once

TRUE = assemble([Source("true.s", "_start: li a0, 0\n li a7, 93\n ecall\n")]).image
SECONDS = 10
"""Of a processor, that a file may take at most."""

NAMES = sorted({name for table in TABLES.values() for name in table.keys})
WORDS = st.sampled_from([
    "lab", "submission", "any", "one", "every", "SIGSEGV", "hidden", "64K", "1G", "/a", "/bin/x", "tree", "words.txt",
    "link", "in", "..", "", "a", "{a|b}", "(", "fork", "cow", "root", "\0", "\x1b", "reference", "no-zombie",
    "forks-at-most", "x" * 300,
])  # fmt: skip
SCALARS = (
    WORDS | st.text(max_size=5) | st.booleans() | st.integers() | st.integers(-3, 300)
    | st.floats() | st.sampled_from([0, 10**40, -(10**40)])
)  # fmt: skip
KEYS = st.sampled_from(NAMES) | WORDS | st.sampled_from(["tests", "programs", "a.c"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def toml(value: Any) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" if c in '"\\' or not c.isprintable() else c for c in value) + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(str(key))} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A lab that is nearly one: keys where they may stand, with values that may be wrong."""
    rarely = draw(st.integers(0, 3)) == 0
    lines = [HEAD]
    for number, (header, name) in enumerate((("[programs.a]", "program"), ("[defaults]", "test"), *TESTS)):
        lines.append(header)
        keys = draw(st.lists(st.sampled_from([*TABLES[name].keys]), unique=True, max_size=4))
        needed = NEEDED[header]
        keys = [key for key in keys if key not in needed] if rarely else [*needed, *set(keys) - set(needed) - {"name"}]
        for key in sorted(keys):
            right = [str(number)] if key == "name" else known(key)
            value = draw(VALUES) if rarely and draw(st.booleans()) else draw(st.sampled_from(right))
            lines.append(f"{key} = {toml(value)}")
    return "\n".join(lines)


TESTS = (("[[tests]]", "test"), ("[[tests]]", "test"))
NEEDED = {"[programs.a]": ["source"], "[defaults]": [], "[[tests]]": ["name", "program"]}
"""Keys that a table does not go without."""


def known(key: str) -> list[Any]:
    """Values that a key may have."""
    expectation = {"exact": "a", "space": "amount"}
    values: dict[str, list[Any]] = {
        "source": ["a.c", ["a.c", "b.s"]], "program": ["tree"], "arguments": [["a"]], "terminal": [True],
        "environment": [{"A": "b"}], "input": ["a", {"file": "words.txt"}], "flags": [["-O1"]], "path": ["/x"],
        "dialogue": [[{"expect": "a", "end": True}]], "points": [1, 0.5], "visibility": ["hidden"], "hint": ["a"],
        "files": [{"/f": {"text": "a"}}], "schedules": ["every", 3], "output": [expectation, {"reference": True}],
        "errors": [""], "shows": [{"regex": "a*"}], "creates": [{"/b": expectation}], "status": [0, [1, 2], "any"],
        "signal": ["SIGILL"], "rules": [{"no-zombie": True}], "limits": [{"memory": "1M"}], "from": ["submission"],
        "machine": [{"fork": "cow"}], "others": [["b.c"]],
    }  # fmt: skip
    return values.get(key, [True])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "lab"
        folder.mkdir()
        write_lab(folder, "")
        yield folder


def read(folder: Path, data: bytes) -> Lab | WrongLab:
    """The lab, or what is told of it, with places."""
    path = folder / "lab.toml"
    path.write_bytes(data)
    assert len(data) <= LARGEST
    began = time.process_time()
    try:
        told: Lab | WrongLab = read_lab(path)
    except WrongLab as wrong:
        told = wrong
    assert time.process_time() - began < SECONDS
    if isinstance(told, WrongLab):
        assert told.problems
        assert all(1 <= problem.place.line <= data.count(b"\n") + 1 for problem in told.problems)
        assert all(line.isprintable() and len(line) < 3000 for line in str(told).split("\n"))
    return told


@settings(max_examples=100, deadline=None)
@given(documents())
def test_any_document_is_a_lab_or_says_why_not(folder: Path, text: str) -> None:
    read(folder, text.encode())


@settings(max_examples=25, deadline=None)
@given(documents())
def test_what_is_a_lab_can_be_run(folder: Path, text: str) -> None:
    lab = read(folder, text.encode())
    if isinstance(lab, WrongLab):
        return
    paths = {name: program.path for name, program in lab.programs.items()}
    images = Images(paths=paths, files=dict.fromkeys(paths.values(), TRUE))
    for test in lab.tests:
        assert try_once(test, images).exit_code == 0


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_lab_or_say_why_not(folder: Path, data: bytes) -> None:
    assert isinstance(read(folder, data), WrongLab)
    read(folder, HEAD.encode() + b"[[tests]]\nname = 'x'\n" + data)


@pytest.mark.full
@settings(max_examples=5000, deadline=None)
@given(documents())
def test_many_documents_are_labs_or_say_why_not(folder: Path, text: str) -> None:
    read(folder, text.encode())


LARGE = {
    "tests": HEAD + "".join(f"[[tests]]\nname='{number}'\n" for number in range(9_000)),
    "keys of a test": HEAD + "[[tests]]\n" + "".join(f"a{number} = 1\n" for number in range(20_000)),
    "programs": HEAD + "".join(f"[programs.a{number}]\nsource='a'\n" for number in range(7_000)),
    "files": HEAD + "[[tests]]\nfiles = {" + ", ".join(f"'/{number}'={{size=1}}" for number in range(12_000)) + "}",
    "files of many tests": HEAD + "[files]\n" + "".join(f"'/{number}'={{size=1}}\n" for number in range(400))
    + "".join(f"[[tests]]\nname='{number}'\nfiles={{'/x{number}'={{size=1}}}}\n" for number in range(900)),
    "texts": HEAD + "[[tests]]\nname='x'\noutput.one-of = [" + "'', " * 60_000 + "]",
    "an expression": HEAD + "[[tests]]\nname='x'\noutput.regex = '" + "(" * 120_000 + "'",
    "a nested expression": HEAD + "[[tests]]\nname='x'\noutput.regex = '" + "(" * 900 + "a" + "){1,1000}" * 900 + "'",
    "a pattern": HEAD + "[[tests]]\nname='x'\noutput.pattern = '" + "{a|b" * 60_000 + "'",
    "escapes": HEAD + "[[tests]]\nname='x'\ninput = \"" + "\\u0041" * 40_000 + '"',
    "quotes": "a = " + '"' * 250_000,
    "comments": "#\n" * 120_000,
    "arguments": HEAD + "[[tests]]\nname='x'\narguments = [" + "1," * 40_000 + "]",
    "a rule": HEAD + "[[tests]]\nname='x'\nrules.tree = [" + "1," * 40_000 + "]",
}  # fmt: skip


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_file_is_read_or_refused_in_time(folder: Path, text: str) -> None:
    read(folder, text.encode())
