"""The process that compiles: what it is given, how it fails, and that nothing of it is left."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.programs.headers import PROGRAMS_FOLDER
from vm import CannotRun, Machine
from vm.native import elsewhere, jit, kept
from vm.native.parts import CannotCompile

pytestmark = pytest.mark.skipif(not jit.ENABLED, reason="nothing is compiled")

SHOW_CURSOR, HIDE_CURSOR, ERASE_LINE = b"\x1b[?25h", b"\x1b[?25l", b"\x1b[2K"
PROJECT = Path(__file__).parents[2]
OBJECT = "import base64, json; print(json.dumps({'object': base64.b64encode(made).decode()}))"
"""How a process hands over what it has ``made``."""
TELL_ALL = f"""
import json, os, sys
made = json.dumps({{
    "path": sys.path, "here": os.getcwd(), "input": sys.stdin.read(), "group": os.getpgid(0) == os.getpid(),
    "variables": dict(os.environ), "flags": [sys.flags.optimize, sys.flags.inspect, sys.flags.safe_path],
}}).encode()
{OBJECT}
"""


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, bytes]]:
    """Compiles ``one`` and ``two`` with this code in the place of the compiler."""

    def compile_by(code: str) -> dict[str, bytes]:
        monkeypatch.setattr(elsewhere, "_CODE", code)
        return elsewhere.compile_elsewhere(["one", "two"])

    return compile_by


Compiling = Callable[[str], dict[str, bytes]]


def children() -> set[int]:
    """Processes that this one has started and not waited for."""
    return {int(number) for number in Path("/proc/thread-self/children").read_text().split()}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


# --- what it is given -------------------------------------------------------------------------------------------------


def test_only_what_is_meant_for_it_reaches_the_compiler(
    compiling: Compiling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing of the folder that somebody happens to be in, and no settings that would change what is compiled."""
    (tmp_path / "json.py").write_text("raise SystemExit('somebody else is imported')")
    (tmp_path / "startup.py").write_text("raise SystemExit('somebody else is run')")
    for name, value in {
        "PYTHONOPTIMIZE": "2", "PYTHONINSPECT": "1", "PYTHONSTARTUP": str(tmp_path / "startup.py"),
        "PYTHONPATH": str(tmp_path), "PYTHONVERBOSE": "1", "NUMBA_DISABLE_JIT": "1", "NUMBA_DUMP_IR": "1",
        "NUMBA_OPT": "0", "NUMBA_BOUNDSCHECK": "1", "ANYTHING": "else",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)  # which is meant for it
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), "relative", *sys.path])
    found = json.loads(compiling("import sys; sys.path[:0] = sys.argv[2:]" + TELL_ALL)["one"])
    assert found["path"][0] == str(PROJECT)
    assert {"", "relative", str(tmp_path)}.isdisjoint(found["path"])
    assert found["flags"] == [0, 0, True]
    assert (found["here"], found["input"], found["group"]) == ("/", "", True)
    variables = {
        name: value for name, value in found["variables"].items() if name.startswith(("PYTHON", "NUMBA", "ANY"))
    }
    assert variables == {"NUMBA_BOUNDSCHECK": "1", "ANYTHING": "else"}


def test_a_folder_that_is_gone_is_no_reason_not_to_compile(
    compiling: Compiling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert json.loads(compiling(TELL_ALL)["two"])["here"] == "/"


def test_what_python_runs_at_its_start_may_print(compiling: Compiling) -> None:
    noise = "print('Welcome'); print(3); print('[]', end=''); print('{}'); import sys; print('oh', file=sys.stderr)\n"
    assert compiling(f"{noise}made = b'code'; {OBJECT}") == {"one": b"code", "two": b"code"}


def test_a_compiler_with_much_to_say_is_listened_to(compiling: Compiling) -> None:
    """Without end, a pipe that nobody reads would hold it up."""
    code = f"import sys; sys.stderr.write('no ' * 200_000); made = bytes(3_000_000); {OBJECT}"
    assert compiling(code)["one"] == bytes(3_000_000)


def test_what_is_done_of_all_parts_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""
import json, sys
for done in range(3):
    print(json.dumps({{"done": done, "steps": 2, "name": sys.argv[1]}}), flush=True)
made = sys.argv[1].encode()
{OBJECT}
"""
    monkeypatch.setattr(elsewhere, "_CODE", code)
    told: list[tuple[int, int, str]] = []
    made = elsewhere.compile_elsewhere(["one", "two"], lambda *step: told.append(step))
    assert made == {"one": b"one", "two": b"two"}
    assert told[0] == (0, 0, "the machine")
    assert told[-1][:2] == (4, 4)
    assert {name for _, _, name in told[1:]} == {"one", "two"}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


# --- how it fails -----------------------------------------------------------------------------------------------------

FAILURES = {
    "an exception": ("raise MemoryError('nothing left')", "MemoryError: nothing left"),
    "a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
                 "the compiler was ended by SIGKILL, which may be for want of memory"),
    "an abort": ("import os, sys; sys.stderr.write('LLVM ERROR: out of memory\\n'); sys.stderr.flush(); os.abort()",
                 "the compiler was ended by SIGABRT, which may be for want of memory"),
    "silence": ("", "the compiler ended with 0"),
    "a status": ("raise SystemExit(3)", "the compiler ended with 3"),
    "no object": ("print('{\"done\": 1}')", "the compiler ended with 0"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAILURES)
def test_why_it_cannot_compile_is_one_line(compiling: Compiling, kind: str) -> None:
    code, reason = FAILURES[kind]
    with pytest.raises(CannotCompile) as caught:
        compiling(code)
    assert str(caught.value) == f"the machine cannot be compiled: {reason}"


def test_all_that_the_compiler_said_is_in_the_notes(compiling: Compiling) -> None:
    with pytest.raises(CannotCompile) as caught:
        compiling("def work():\n    raise ValueError('wrong')\nwork()")
    assert caught.value.__notes__[0].startswith("Traceback (most recent call last):")
    assert "in work" in caught.value.__notes__[0]


def test_numba_may_be_missing(compiling: Compiling) -> None:
    code = elsewhere._CODE
    with pytest.raises(CannotCompile, match="import of numba halted") as caught:
        compiling(code.replace("from vm", "sys.modules['numba'] = None; from vm", 1))
    assert str(caught.value).endswith(f"; {sys.executable} -m pip install --force-reinstall numba may help")


@pytest.mark.parametrize("executable", ["", None, "/nowhere/python", "/", "/etc/passwd"])
def test_there_may_be_no_python_to_compile_with(
    compiling: Compiling, monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    """Such as in a program that Python is a part of."""
    monkeypatch.setattr(sys, "executable", executable)
    with pytest.raises(CannotCompile) as caught:
        compiling("")
    assert "sys.executable" in str(caught.value) or f"{executable} cannot be run: " in str(caught.value)


def test_a_frozen_program_does_not_start_itself(compiling: Compiling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(CannotCompile, match=r"sys\.executable"):
        compiling("")


def test_a_second_process_that_cannot_start_ends_the_first(
    compiling: Compiling, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, started = subprocess.Popen, []

    def start(*arguments: Any, **options: Any) -> Any:
        if started:
            raise OSError(11, "Resource temporarily unavailable")
        started.append(real(*arguments, **options))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(CannotCompile, match="cannot be run: Resource temporarily unavailable"):
        compiling("import time; time.sleep(600)")
    assert started[0].returncode == -signal.SIGKILL


def test_an_interrupt_arrives_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_done: int, steps: int, _name: str) -> None:
        if steps:
            raise KeyboardInterrupt

    monkeypatch.setattr(
        elsewhere, "_CODE", """print('{"done": 0, "steps": 1, "name": ""}', flush=True); import time; time.sleep(600)"""
    )
    with pytest.raises(KeyboardInterrupt):
        elsewhere.compile_elsewhere(["one", "two"], interrupt)


def test_a_machine_that_cannot_be_compiled_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> Any:
        raise CannotCompile("the machine cannot be compiled: why not")

    monkeypatch.setattr(kept, "load", load)
    monkeypatch.setattr(jit, "_loaded", {})
    with pytest.raises(CannotRun, match="the machine cannot be compiled: why not") as caught:
        Machine().boot(PROGRAMS_FOLDER / "hello.s")
    assert caught.value.status == 125
    with pytest.raises(CannotCompile):
        jit.prepare()


# --- whole commands ---------------------------------------------------------------------------------------------------

COMMAND = """
import sys
from vm.native import elsewhere
elsewhere._CODE = {code!r}
{more}
from vm.cli import main
sys.argv = ["forklore", "run", {program!r}]
main()
"""


def command(code: str, more: str = "") -> list[str]:
    """forklore with another compiler."""
    program = str(PROGRAMS_FOLDER / "hello.s")
    return [sys.executable, "-c", COMMAND.format(code=code, more=more, program=program)]


def test_a_command_that_cannot_compile_says_why(tmp_path: Path) -> None:
    environment = {**os.environ, "FORKLORE_CACHE": str(tmp_path)}
    for executable, reason in ((sys.executable, "MemoryError: all gone"), ("/gone", "/gone cannot be run: No such")):
        done = subprocess.run(
            command("raise MemoryError('all gone')", f"sys.executable = {executable!r}"), env=environment,
            capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        said = done.stderr.splitlines()
        assert done.returncode == 125
        assert said[0].startswith("forklore: compiling the machine, which happens once")
        assert said[1].startswith(f"forklore: the machine cannot be compiled: {reason}")
        assert (len(said), done.stdout) == (2, "")


def test_a_command_imports_nothing_from_where_it_is_called(tmp_path: Path) -> None:
    for name in ("numba", "numpy", "json", "click", "tests", "vm", "forklore"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('somebody else has a module {name}')")
    script = Path(sysconfig.get_path("scripts"), "forklore")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [script, "run", PROGRAMS_FOLDER / "hello.s"], cwd=tmp_path, env=environment, capture_output=True, text=True,
        check=False, timeout=100,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello, world\n", "")


def members(session: int) -> list[int]:
    """The processes of a session that run."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split() if folder.name.isdigit() else ["Z"]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_command_that_is_ended_while_it_compiles_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Not even where it cannot see to it itself: what compiles is told by the kernel."""
    code = (
        "import sys, time; sys.path[:0] = sys.argv[2:]; from vm.native import elsewhere; elsewhere.end_with_parent();"
    )
    cache = tmp_path / "cache"
    started = subprocess.Popen(
        command(f"{code} open({str(tmp_path)!r} + '/' + sys.argv[1], 'w'); time.sleep(600)"),
        env={**os.environ, "FORKLORE_CACHE": str(cache)}, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with started:
        while {path.name for path in tmp_path.iterdir()} < {"processor", "memory", "cache"}:
            assert started.poll() is None
            time.sleep(0.02)
        assert len(members(started.pid)) == 3
        started.send_signal(number)
        _, said = started.communicate(timeout=100)
    assert started.returncode == -number
    while members(started.pid):
        time.sleep(0.02)
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert said.splitlines()[1:] == (["forklore: interrupted"] if number == signal.SIGINT else [])


STEP = """
import json, time
print(json.dumps({"done": 1, "steps": 2, "name": "what is compiled"}), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_bar_that_is_interrupted_is_wiped_off_the_terminal(tmp_path: Path, number: signal.Signals) -> None:
    """And the cursor, which it hides, is there again."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "FORKLORE_CACHE": str(tmp_path), "TERM": "xterm"}
    with subprocess.Popen(command(STEP), env=environment, stdout=theirs, stderr=theirs, stdin=theirs) as started:
        os.close(theirs)
        shown = b""
        while b"what is compiled" not in shown:
            shown += os.read(ours, 4096)
        started.send_signal(number)
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while more := os.read(ours, 4096):
                shown += more
    os.close(ours)
    assert started.returncode == -number
    assert shown.rfind(SHOW_CURSOR) > shown.rfind(HIDE_CURSOR) > 0
    left = shown[shown.rfind(SHOW_CURSOR) :]
    assert left.rpartition(ERASE_LINE)[1], "the line of the bar"
    assert b"what is compiled" not in left
    assert (b"forklore: interrupted" in left) == (number == signal.SIGINT)


def test_an_object_is_what_a_line_holds() -> None:
    assert elsewhere._parse(b'{"object": "' + base64.b64encode(b"code") + b'"}') == {"object": "Y29kZQ=="}
    for line in (b"", b"3", b"[]", b"{", b"\xff", b'"object"', b"null", b"1" * 5000):
        assert elsewhere._parse(line) == {}
