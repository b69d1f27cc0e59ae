"""What is kept of a part is run only if it is what was kept, made again otherwise, and made once."""

from __future__ import annotations

import marshal
import os
import pickle
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.damages import DAMAGES, give_away, open_to_others, replace
from tests.native.compiling import MODULE, TINY
from tests.programs.headers import PROGRAMS_FOLDER
from vm import remarks
from vm.cache import write_sealed
from vm.native import elsewhere, jit, kept, packing, parts, placing

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
NAME = f"{TINY}.code"


class Makings:
    """Stands for the compiler, which makes ``code``, and for what places it: nothing else is to be placed."""

    def __init__(self, code: bytes) -> None:
        self.code = code
        self.made = 0
        self.placed: list[bytes] = []

    def compile(self, wanted: Sequence[str], progress: parts.Progress | None = None) -> dict[str, bytes]:
        """Make it once more."""
        self.made += 1
        return dict.fromkeys(wanted, self.code)

    def place(self, content: bytes) -> placing.Loaded:
        """Note what is placed."""
        self.placed.append(content)
        return placing.place(content)


@pytest.fixture
def makings(tiny: ModuleType, tiny_object: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Makings:
    """An empty cache in ``tmp_path``, and a compiler that takes no time."""
    made = Makings(tiny_object)
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FORKLORE_SHARED_CACHE", raising=False)
    monkeypatch.setattr(elsewhere, "compile_elsewhere", made.compile)
    monkeypatch.setattr(kept, "place", made.place)
    monkeypatch.setattr(remarks, "listeners", [])  # commands of other tests have been some
    return made


def works(loaded: placing.Loaded, tiny: ModuleType) -> bool:
    """True if the code does what it should."""
    from vm.native.builtins import Builtin

    divide = Builtin("divide", "", tiny.divide)
    divide.enter_at(loaded.python(f"{MODULE}.divide"))
    return divide.function(17, 5) == (3, 2)


# --- damages ----------------------------------------------------------------------------------------------------------


def test_200_damaged_files_are_noticed_and_made_again(makings: Makings, tiny: ModuleType) -> None:
    """Nothing of them comes near to where code runs."""
    kept.load([TINY])
    folder = kept.folder()
    assert folder is not None
    good = (folder / NAME).read_bytes()
    assert makings.placed == [good[32:]]
    for number in range(200):
        numbers = random.Random(number)
        damage = DAMAGES[number % len(DAMAGES)]
        damage(folder / NAME, numbers)
        if os.path.isfile(folder / NAME) and damage not in (open_to_others, give_away, replace):
            assert (folder / NAME).read_bytes() != good
        makings.placed.clear()
        loaded = kept.load([TINY])[TINY]
        assert makings.made == number + 2, damage
        assert makings.placed == [good[32:]], damage
        assert (folder / NAME).read_bytes() == good
        assert (folder / NAME).stat().st_mode & 0o177 == 0
        if number % 20 == 0:
            assert works(loaded, tiny)
    kept.load([TINY])
    assert makings.made == 201


def shapes(code: bytes) -> list[bytes]:
    """What would be sealed by mistake."""
    kind, symbols, _, patches, absolute, data = whole = marshal.loads(code)
    size, name = len(data), patches[0][1]
    others: list[Any] = [
        None, 5, (), (kind,), [kind], kind, (kind, {}, 0, [], []), ("other", *whole[1:]), (*whole, 1), whole[:-1],
        *((kind, wrong, *whole[2:]) for wrong in ([], 7, {"x": "y"}, {"x": size}, {"x": -1})),
        *((kind, symbols, wrong, *whole[3:]) for wrong in (size, size - 8, -8, "8", None, 1 << 70)),
        *((*whole[:3], wrong, absolute, data) for wrong in ([(0, "no_such_name")], [(size, name)], [(-1, name)], 7)),
        *((*whole[:4], wrong, data) for wrong in ([(1 << 70, 0)], [(0, -1 << 70)], [(1, 2, 3)], [("1", 2)], 7)),
        *((*whole[:5], wrong) for wrong in (None, b"", data[:64], 7)),
    ]  # fmt: skip
    return [b"", b"\0", code[:-1], code[: len(code) // 2], pickle.dumps(whole), *map(marshal.dumps, others)]


def test_sealed_content_of_another_shape_counts_as_none(makings: Makings, tiny: ModuleType) -> None:
    loaded = kept.load([TINY])
    folder = kept.folder()
    assert folder is not None
    for number, content in enumerate(shapes(packing.pack(makings.code))):
        write_sealed(folder / NAME, content)
        loaded = kept.load([TINY])
        assert makings.made == number + 2, content[:80]
    assert works(loaded[TINY], tiny)


def test_code_that_needs_what_this_python_does_not_have_cannot_run(
    makings: Makings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is linked with all of the C library in itself, say."""

    def refuse(name: str) -> int:
        raise AttributeError(f"no {name}")

    monkeypatch.setattr(placing, "api_address", refuse)
    with pytest.raises(parts.CannotCompile, match="the machine, as it was compiled, cannot run here: no Py"):
        kept.load([TINY])


# --- where it cannot be kept ------------------------------------------------------------------------------------------


def test_a_folder_with_something_in_it_stays_and_is_told(makings: Makings, caplog: pytest.LogCaptureFixture) -> None:
    folder = kept.folder()
    assert folder is not None
    (folder / NAME / "somebody's").mkdir(parents=True)
    for _ in range(2):
        caplog.clear()
        assert kept.load([TINY])
        assert caplog.messages == [
            f"{folder}: the compiled machine cannot be kept there (Is a directory), so the next run compiles it again; "
            "make room, or let FORKLORE_CACHE name another folder"
        ]
    assert (folder / NAME / "somebody's").exists()


def test_a_cache_that_goes_while_something_is_compiled_is_made_again(
    makings: Makings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = makings.compile

    def compile_it(*arguments: Any) -> dict[str, bytes]:
        shutil.rmtree(tmp_path / "cache")
        return real(*arguments)

    monkeypatch.setattr(elsewhere, "compile_elsewhere", compile_it)
    for _ in range(2):
        assert kept.load([TINY])
    assert makings.made == 1


def test_a_folder_that_goes_before_it_is_locked_is_no_obstacle(
    makings: Makings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def open_it(path: Any, flags: int, *others: int, **options: Any) -> int:
        if flags & os.O_DIRECTORY:
            os.rmdir(path)
        return real(path, flags, *others, **options)

    monkeypatch.setattr(os, "open", open_it)
    assert kept.load([TINY])


@pytest.mark.parametrize("error", [OSError(37, "No locks available"), OSError(9, "Bad file descriptor")])
def test_a_file_system_without_locks_is_used_all_the_same(
    makings: Makings, monkeypatch: pytest.MonkeyPatch, error: OSError, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("fcntl.flock", refuse)
    for _ in range(2):
        assert kept.load([TINY])
    assert makings.made == 1
    assert caplog.messages == []


# --- several at once --------------------------------------------------------------------------------------------------

HOLDER = """
import fcntl, os, sys, time
handle = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def test_a_process_that_stands_still_is_not_waited_for_for_ever(
    makings: Makings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = kept.folder()
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGSTOP)
        try:
            assert kept.load([TINY])
        finally:
            holder.kill()
    assert makings.made == 1
    assert sum(slept) == pytest.approx(120)
    assert caplog.messages == [
        "waiting for another process, which is compiling the machine",
        "the other process has not ended for 120 s, so the machine is compiled here as well",
    ]


def test_a_child_that_is_forked_meanwhile_keeps_nobody_waiting(
    makings: Makings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker of a pool, say, that another thread starts while this one compiles."""
    real, children = makings.compile, []

    def compile_it(*arguments: Any) -> dict[str, bytes]:
        children.append(os.fork())
        if not children[0]:
            signal.pause()
        return real(*arguments)

    monkeypatch.setattr(elsewhere, "compile_elsewhere", compile_it)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    try:
        assert kept.load([TINY])
        with kept._alone(kept.folder()):
            assert caplog.messages == []
    finally:
        os.kill(children[0], signal.SIGKILL)
        os.waitpid(children[0], 0)


ONE_OF_MANY = """
import os, signal, sys, time
from vm.native import elsewhere, jit, parts
log, code, start, killed = sys.argv[1:]
def compile_elsewhere(wanted, progress=None):
    with open(log, "a") as file:
        file.write("x")
    if os.path.getsize(log) == 1 and killed == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.2)
    return dict.fromkeys(wanted, open(code, "rb").read())
elsewhere.compile_elsewhere = compile_elsewhere
jit._PARTS["tests.native.tiny"] = "tiny"
jit._entries["tiny"] = []
from tests.native import tiny
os.read(int(start), 1)
print(tiny.divide(17, 5), tiny.same(9))
"""


@pytest.mark.parametrize("fate", ["lives", "killed"])
def test_ten_processes_that_start_at_once_compile_once(makings: Makings, tmp_path: Path, fate: str) -> None:
    """Those that wait for one that is killed go on at once: one of them is the next to compile."""
    (tmp_path / "object").write_bytes(makings.code)
    reading, writing = os.pipe()
    log = tmp_path / "log"
    given = [str(log), str(tmp_path / "object"), str(reading), fate]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_OF_MANY, *given], stdout=subprocess.PIPE, text=True, env=environment,
            pass_fds=[reading],
        )
        for _ in range(10)
    ]  # fmt: skip
    os.close(reading)
    os.close(writing)
    said = [process.communicate(timeout=200)[0] for process in started]
    assert sorted(said) == ([""] if fate == "killed" else []) + ["(3, 2) 9\n"] * (9 if fate == "killed" else 10)
    assert log.read_text() == ("xx" if fate == "killed" else "x")


# --- whole commands ---------------------------------------------------------------------------------------------------


def run(log: Path, prefix: Sequence[str] = (), limit: int | None = None, **environment: str) -> tuple[int, str, str]:
    """``forklore run hello.s`` with these variables: its status, what it said, and what was compiled when."""
    command = [*prefix, sys.executable, "-m", "tests.native.precompiled", str(log), str(kept.folder()), "run"]
    project = str(Path(__file__).parents[2])

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [*command, str(PROGRAMS_FOLDER / "hello.s")], capture_output=True, text=True, check=False, timeout=200,
        preexec_fn=restrict, cwd=project,
        env={**os.environ, **environment, "PYTHONPATH": project, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.stdout == "hello, world\n", done.stderr
    return done.returncode, done.stderr, log.read_text() if log.exists() else ""


COMPILING = "forklore: compiling the machine, which happens once and takes some ten seconds\n"
whole_commands = pytest.mark.skipif(not jit.ENABLED, reason="nothing is compiled")


@whole_commands
def test_a_full_disk_is_told_and_gone_around(tmp_path: Path) -> None:
    log = tmp_path / "log"
    status, said, compiled = run(log, limit=4096, FORKLORE_CACHE=str(tmp_path / "cache"))
    (folder,) = (tmp_path / "cache" / "jit").iterdir()
    assert (status, compiled) == (0, "x")
    assert said == COMPILING + (
        f"forklore: {folder}: the compiled machine cannot be kept there (File too large), so the next run compiles it "
        "again; make room, or let FORKLORE_CACHE name another folder\n"
    )
    assert list(folder.iterdir()) == []
    assert run(log, FORKLORE_CACHE=str(tmp_path / "cache")) == (0, COMPILING, "xx")
    assert run(log, FORKLORE_CACHE=str(tmp_path / "cache")) == (0, "", "xx")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can get to."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@whole_commands
@needs_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_two_users_do_not_use_one_cache(open_folder: Path) -> None:
    """The second has a folder of its own, in spite of its settings, or none at all."""
    log, shared, own = open_folder / "log", open_folder / "shared", open_folder / "own"
    assert run(log, FORKLORE_CACHE=str(shared)) == (0, COMPILING, "x")
    reading = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    other = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", *reading]
    log.chmod(0o666)
    own.mkdir()
    os.chown(own, 12345, 12345)
    refused = f"forklore: {shared}: not used as a cache: it is another user's\n"
    homes = {"FORKLORE_CACHE": str(shared), "XDG_CACHE_HOME": str(own)}
    assert run(log, other, **homes) == (0, refused + COMPILING, "xx")
    assert run(log, other, **homes) == (0, "", "xx")
    (leaf,) = (own / "forklore" / "jit").iterdir()
    for closed in (leaf, leaf.parent, leaf.parent.parent):
        closed.chmod(0o500)
        assert run(log, other, TMPDIR=str(own), **homes) == (0, "", "xx"), "what cannot be written is read"
    closed.chmod(0o700)
    leaf.parent.chmod(0o700)
    leaf.chmod(0o700)
    (leaf / "memory.code").write_bytes(b"")
    leaf.chmod(0o500)
    refused += f"forklore: {leaf}: not used as a cache: Permission denied\n"
    assert run(log, other, TMPDIR=str(own), **homes) == (0, refused + COMPILING, "xxx")
    assert run(log, other, TMPDIR=str(own), **homes) == (0, "", "xxx")
