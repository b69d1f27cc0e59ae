"""A file with tests is read as what it says, with the defaults of all tests and of the grader."""

from __future__ import annotations

import pickle
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.grade.reading.labs_written import FILES, HEAD, write_lab
from vm.grade import lab as labs
from vm.grade.lab import How, Lab, Schedules, Space, Test, Visibility
from vm.grade.reading import WrongLab, read_lab, read_with_files
from vm.grade.reading.tables import DEFAULTS, TABLES, TEST
from vm.grade.reading.values import DIRECTORIES, guest_problem
from vm.machine import Machine
from vm.run import CannotRun
from vm.settings import WrongSetting, descriptions

WHOLE = """\
forklore = 1
name = "A shell"
seed = 7
reference = "reference"

[programs.shell]
source = ["shell.c", "src/shell.c", "shell.s"]
others = ["parse.c"]
flags = ["-O1", "-Wall"]
path = "/bin/shell"

[programs.helper]
from = "lab"
source = ["none.c", "helper.c"]

[given]
"shell.h" = { text = "#define SHELL\\n" }

[files]
"/words.txt" = { file = "words.txt" }
"/zeroes" = { size = "4K" }

[defaults]
environment = { LANG = "C", TERM = "dumb" }
limits = { instructions = 1_000_000, seconds = 5 }
machine = { fork = "cow" }
rules = { no-zombie = true, forks-at-most = 3 }
points = 2.5
status = 3
output.contains = "ready"
input = "default"

[[tests]]
name = "with all of it"
arguments = ["-c", "ls"]
environment = { LANG = "de" }
files = { "/words.txt" = { text = "other" }, "/deep/er" = { file = "in/deep.txt" } }
schedules = 20
output = [
  { one-of = ["ab", { file = "words.txt" }], space = "amount", case = false },
  { reference = true },
  "exact",
]
errors = ""
creates = { "/out" = { regex = 'a+' }, "/in" = [{ pattern = "{a|b}" }, { lacks = ["x", "y"] }] }
limits = { memory = "16M", stack = 65536, runs = 9, open-files = 5 }
machine = { quantum = 9, vfork-as-fork = true, user = "root" }
rules = { no-zombie = false, processes-at-most = 4 }
points = 10
visibility = "after_due_date"
hint = "Look at wait(2)."
stop-on-failure = true

[[tests]]
name = "with a terminal"
program = "helper"
terminal = true
dialogue = [
  { expect = '\\$ $', send = "ls\\n" },
  { send = { file = "bytes" }, end = true },
]
shows = "$ ls\\n"
signal = "SIGSEGV"
hidden = true

[[tests]]
name = "as usual"
schedules = "every"
status = [0, 1]

[[tests]]
name = "however it ends"
status = "any"
"""


def line_of(begin: str) -> int:
    """The first line that begins so, from 1."""
    return next(number for number, line in enumerate(WHOLE.splitlines(), 1) if line.startswith(begin))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return read_lab(write_lab(tmp_path, WHOLE))


def test_a_lab_is_what_its_file_says(lab: Lab) -> None:
    assert (lab.name, lab.file, lab.seed, lab.reference, lab.points) == ("A shell", "lab.toml", 7, "reference", 17.5)
    shell, helper = lab.programs.values()
    assert (shell.name, shell.path, shell.sources) == ("shell", "/bin/shell", ("shell.c", "src/shell.c", "shell.s"))
    assert (shell.others, shell.flags, shell.is_labs) == (("parse.c",), ("-O1", "-Wall"), False)
    assert shell.place.line == line_of("[programs.shell]")
    assert (helper.path, helper.is_labs) == ("/helper", True)
    assert lab.sources == {"helper.c": FILES["helper.c"]}
    assert lab.given == {"shell.h": b"#define SHELL\n"}
    assert pickle.loads(pickle.dumps(lab)) == lab


def test_a_test_is_what_it_and_the_defaults_say(lab: Lab) -> None:
    test = lab.tests[0]
    assert (test.name, test.program, test.arguments, test.place.line) == (
        "with all of it", "shell", ("-c", "ls"), line_of("[[tests]]")
    )  # fmt: skip
    assert test.environment == {"LANG": "de", "TERM": "dumb"}
    assert test.files == {"/words.txt": b"other", "/zeroes": bytes(4096), "/deep/er": b"deep\n"}
    assert (test.schedules, test.count, test.runs, test.seconds) == (Schedules.SOME, 20, 9, 5.0)
    assert (test.input, test.dialogue, test.terminal) == (b"default", (), False)
    assert (test.points, test.visibility, test.stops) == (10.0, Visibility.AFTER_DUE_DATE, True)
    assert test.hint == "Look at wait(2)."
    settings = test.settings
    assert (settings.instructions, settings.memory, settings.stack, settings.open_files) == (10**6, 16 << 20, 65536, 5)
    assert (settings.fork, settings.quantum, settings.vfork_as_fork, settings.uid) == ("cow", 9, True, 0)
    assert (settings.seed, settings.output, settings.calls) == (7, labs.OUTPUT, labs.CALLS)
    assert [rule.name for rule in test.rules] == ["forks-at-most", "processes-at-most"]


def test_what_is_expected_is_read(lab: Lab) -> None:
    expected = lab.tests[0].expected
    first, second, third = expected.output
    assert (first.how, first.texts, first.space) == (How.ONE_OF, (b"ab", FILES["words.txt"]), Space.AMOUNT)
    assert first.ignores_case
    assert [text.place.line for text in expected.output] == [
        line_of("  { one-of"),
        line_of("  { ref"),
        line_of('  "exact'),
    ]
    assert (second.how, second.texts, third.how, third.texts) == (How.REFERENCE, (), How.EXACT, (b"exact",))
    assert not third.ignores_case
    assert [text.texts for text in expected.errors] == [(b"",)]
    assert [(text.how, text.texts) for text in expected.files["/in"]] == [
        (How.PATTERN, (b"{a|b}",)), (How.LACKS, (b"x", b"y")),
    ]  # fmt: skip
    assert expected.files["/out"][0].how is How.REGEX
    assert (expected.status, expected.signal) == ((3,), None)


def test_a_default_that_a_test_cannot_have_is_left_out(lab: Lab) -> None:
    """A status of one that a signal ends, an output of one with a terminal, an input beside a dialogue."""
    test = lab.tests[1]
    assert (test.expected.status, test.expected.signal) == (None, "SIGSEGV")
    assert (test.expected.output, test.input, test.visibility) == ((), b"", Visibility.HIDDEN)
    assert [text.texts for text in test.expected.terminal] == [(b"$ ls\n",)]
    assert [(turn.expect, turn.send, turn.ends, turn.place.line) for turn in test.dialogue] == [
        (r"\$ $", b"ls\n", False, line_of("  { expect")), ("", b"\xff\0", True, line_of("  { send")),
    ]  # fmt: skip


def test_the_rest_is_as_usual(lab: Lab) -> None:
    test, other = lab.tests[2:]
    assert (test.schedules, test.count, test.runs) == (Schedules.EVERY, 0, labs.RUNS)
    assert (test.expected.status, other.expected.status) == ((0, 1), None)
    assert [text.how for text in test.expected.output] == [How.CONTAINS]


def test_what_is_not_said_is_as_the_table_says(tmp_path: Path) -> None:
    """The words of the manual for each default are read as what a test has without a word."""
    named = [key for key in TEST.keys.values() if key.default and key.name not in ("program", "input", "dialogue")]
    told = "".join(f"{key.name} = {key.default}\n" for key in named if key.name not in ("hidden",))
    for name in ("limits", "machine"):
        table = TABLES[name]
        told += "".join(f"{name}.{key.name} = {key.default}\n" for key in table.keys.values())
    plain = read_lab(write_lab(tmp_path, f"{HEAD}[[tests]]\nname = 'x'\n"))
    spelled = read_lab(write_lab(tmp_path, f"{HEAD}[[tests]]\nname = 'x'\n{told}"))
    assert spelled.tests[0] == plain.tests[0]
    assert plain.name == "lab"
    made = plain.tests[0].settings
    assert (made.instructions, made.memory, made.processes) == (
        labs.INSTRUCTIONS, labs.MEMORY, labs.PROCESSES,
    )  # fmt: skip
    assert plain.tests[0].seconds == labs.SECONDS
    assert all(getattr(made, name) is not None for name in descriptions() if name != "seconds")


def test_a_seed_that_is_given_replaces_the_files(lab: Lab, tmp_path: Path) -> None:
    other = read_lab(tmp_path / "lab.toml", seed=9)
    assert (other.seed, {test.settings.seed for test in other.tests}) == (9, {9})
    assert other.digest == lab.digest


def test_defaults_have_the_keys_of_tests_but_for_the_name() -> None:
    assert [*TEST.keys] == ["name", *DEFAULTS.keys]


CHANGES: dict[str, Any] = {
    "the file": ("lab.toml", WHOLE.replace("Look at", "Read").encode()),
    "a type": ("lab.toml", WHOLE.replace("points = 10\n", "points = 10.0\n").encode()),
    "an input": ("words.txt", b"one\n"),
    "a source of the lab's": ("helper.c", b"int main(void) { return 1; }\n"),
    "the reference solution": ("reference/tree.c", b"int main(void) { return 1; }\n"),
    "a file more of it": ("reference/more.c", b""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_digest_names_all_that_tests_depend_on(change: tuple[str, bytes], lab: Lab, tmp_path: Path) -> None:
    name, data = change
    (tmp_path / name).write_bytes(data)
    assert read_lab(tmp_path / "lab.toml").digest != lab.digest


def test_the_digest_is_one_wherever_it_lies_and_however_it_is_laid_out(lab: Lab, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    laid_out = WHOLE.replace("points = 10\n", "  points=10 # ten\n").replace("\n", "\r\n") + "\n\n# the end"
    moved = read_lab(write_lab(copy, laid_out, "other.toml"))
    (copy / "unnamed.txt").write_bytes(b"nobody asks for it")
    assert read_lab(copy / "other.toml").digest == moved.digest == lab.digest
    assert moved.file == "other.toml"


def test_two_names_of_a_file_and_its_bytes_are_told_apart(tmp_path: Path) -> None:
    """Bytes do not go from one file to its neighbour without a trace."""
    digests = set()
    for first, second in ((b"ab", b"c"), (b"a", b"bc"), (b"", b"abc")):
        text = f"{HEAD}[files]\n'/1' = {{ file = 'words.txt' }}\n'/2' = {{ file = 'bytes' }}\n[[tests]]\nname = 'x'\n"
        path = write_lab(tmp_path, text)
        (tmp_path / "words.txt").write_bytes(first)
        (tmp_path / "bytes").write_bytes(second)
        digests.add(read_lab(path).digest)
    assert len(digests) == 3


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    path = write_lab(tmp_path, f"{HEAD}[[tests]]\nname = 'x'\ninput = {{ file = 'inside' }}\n")
    (tmp_path / "inside").symlink_to("words.txt")
    assert read_lab(path).tests[0].input == FILES["words.txt"]


def test_a_lab_is_read_by_a_path_of_any_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_lab(tmp_path, f"{HEAD}[[tests]]\nname = 'x'\ninput = {{ file = 'words.txt' }}\n")
    monkeypatch.chdir(tmp_path)
    lab = read_lab("lab.toml")
    assert lab.tests[0].place.file == "lab.toml"
    assert replace(read_lab(path).tests[0], place=lab.tests[0].place, expected=lab.tests[0].expected) == lab.tests[0]


@pytest.mark.parametrize("path", [*DIRECTORIES, "/dev/null", "/proc/1", "/a/../b", "a", "/a/", "/" + "a" * 256])
def test_a_path_that_no_machine_takes_is_refused(path: str) -> None:
    """Or one that it would only lose: what is below /dev and /proc is its own, and two slashes are one."""
    assert guest_problem(path)
    if path in ("/dev/null", "/proc/1", "/bin", "/proc", "/usr/bin"):
        return
    with pytest.raises((WrongSetting, CannotRun)):
        Machine(files={path: b"", **TRUE}, memory=1 << 20).boot("/true.s")


@pytest.mark.parametrize("path", ["/a", "/a/b/c.txt", "/bin/tree", "/usr/bin/x", "/tmp/x", "/etc/passwd", "/é"])
def test_a_path_that_a_machine_takes_is_taken(path: str) -> None:
    assert guest_problem(path) == ""
    Machine(files={path: b"", **TRUE}, memory=1 << 20).boot("/true.s")


PLACES = ["/a", "/a/b", "/a/b/c", "/ab", "/bin/x", "/bin/x/y", "/usr/bin/x", "/usr/bin/z", "/tree", "/tree/a"]
TRUE = {"/true.s": b"_start: li a7, 93\n ecall\n"}


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(PLACES), min_size=1, max_size=4))
def test_files_that_a_machine_takes_together_are_taken(paths: set[str]) -> None:
    """All of them, the program's own among them, and none in the place of another."""
    files = "".join(f"'{path}' = {{ text = '' }}\n" for path in sorted(paths))
    with tempfile.TemporaryDirectory() as name:
        (folder := Path(name, "lab")).mkdir()
        file = write_lab(folder, f"{HEAD}[files]\n{files}[[tests]]\nname = 'x'\n")
        try:
            read_lab(file)
            is_lab = True
        except WrongLab:
            is_lab = False
    try:
        Machine(files={**dict.fromkeys(paths, b""), "/tree": b"", **TRUE}, memory=1 << 20).boot("/true.s")
        is_taken = "/tree" not in paths and not {"/bin/x", "/usr/bin/x"} <= paths
    except (WrongSetting, CannotRun):
        is_taken = False
    assert is_lab == is_taken


def test_nothing_outside_the_folder_is_needed(lab: Lab, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path.parent / f"{tmp_path.name}-outside")
    assert read_lab(tmp_path / "lab.toml") == lab


def test_a_test_has_a_place_for_each_key(lab: Lab) -> None:
    """What reports refer to is in the file, at the line that they name."""
    lines = WHOLE.splitlines()

    def where(test: Test) -> str:
        return lines[test.place.line - 1]

    assert {where(test) for test in lab.tests} == {"[[tests]]"}
    assert [lines[rule.place.line - 1][:9] for rule in lab.tests[0].rules] == ["rules = {", "rules = {"]


def test_the_files_of_a_lab_are_those_that_it_names(lab: Lab, tmp_path: Path) -> None:
    """A copy of them alone is the same lab; a key called file is none elsewhere."""
    path = tmp_path / "lab.toml"
    path.write_text(WHOLE.replace('TERM = "dumb"', 'file = "none"'))
    lab, files = read_with_files(path)
    named = {"words.txt", "in/deep.txt", "bytes", "helper.c", "reference/tree.c"}
    assert files == {name: FILES[name] for name in named}
    copy = tmp_path / "copy"
    for name, data in {"lab.toml": path.read_bytes(), **files}.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(data)
    assert read_lab(copy / "lab.toml").digest == lab.digest
