"""What students hand in to do harm, or to see what is not theirs: each gets a verdict, and nothing else happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.grade.hostile.everything import SLICE, hostile_submissions
from tests.grade.hostile.planting import Hostile, call, program
from vm import confine
from vm.cache import cache_directory
from vm.grade.reports.classroom import IDENTITY, classroom_of
from vm.grade.reports.gradescope import gradescope_of
from vm.grade.reports.plain import verdict_from_json
from vm.grade.verdict import ClassVerdict
from vm.library import zig_cache

HIDDEN, KEY = "CANARY-of-a-hidden-input", "CANARY-of-a-hidden-file"
SECRETS = {
    "lab/reference/p.s": "CANARY-of-the-solution", "lab/notes.txt": "CANARY-of-the-lab", "temp/key": "CANARY-of-temp",
    "home/.key": "CANARY-of-home", "submissions/victim/p.s": "CANARY-of-another",
}  # fmt: skip
"""What lies on the host, by path, and must be seen by nobody."""
OF_ENVIRONMENT = "CANARY-of-the-environment"
LAB = f"""
forklore = 1
name = "Echo"
reference = "reference"
[programs.p]
source = ["p.s", "p.c", "p"]
[[tests]]
name = "echo"
input = "HELLO\\n"
output = "HELLO\\n"
[[tests]]
name = "every schedule"
input = "HELLO\\n"
output = "HELLO\\n"
schedules = "every"
[[tests]]
name = "some schedules"
input = "HELLO\\n"
output = "HELLO\\n"
schedules = 2
rules = {{ no-zombie = true, no-vfork-damage = true, no-descriptor-left-open = true }}
[[tests]]
name = "terminal"
terminal = true
dialogue = [ {{ send = "HELLO\\n" }}, {{ expect = "HELLO", end = true }} ]
[[tests]]
name = "hidden {HIDDEN}"
input = "{HIDDEN}\\n"
output = "{HIDDEN}\\n"
files = {{ "/key" = {{ text = "{KEY}" }} }}
hidden = true
hint = "{KEY}"
"""
ECHO = program(
    "again:\n" + call("read", 0, "buffer", 4096) + "blez a0, done\nmv s0, a0\n" + call("write", 1, "buffer", "%s0")
    + "j again\ndone:\n"
)  # fmt: skip
RIGHT = " is right"
"""What the names of right submissions end with."""
MOST_MEMORY = 1536 << 20
"""Bytes that a process of ours has at most: a guest may have 64 MiB, and the rest is what is told of it, its source and
code that was compiled. The compiler has the bound that it is confined to."""
MOST_DESCRIPTORS = 64


class Box:
    """A folder with all that is to be left as it is, and what is found about the processes that grade."""

    def __init__(self, top: Path, chosen: list[Hostile], right_after: int) -> None:
        self.top = top
        for path, text in SECRETS.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(b"# %s\n" % text.encode() + ECHO)
        (top / "lab" / "tests.toml").write_text(LAB)
        self.handed = [top / "submissions" / "victim"]
        for number, each in enumerate(chosen):
            self.handed.append(each.plant(top / "submissions"))
            if number % right_after == 0:
                own = top / "submissions" / f"{each.name[:100].replace('/', '-')}{RIGHT}"
                own.mkdir()
                (own / "p.s").write_bytes(ECHO)
                self.handed.append(own)
        self.environment = {
            **os.environ, "HOME": str(top / "home"), "TMPDIR": str(top / "temp"), "FORKLORE_SECRET": OF_ENVIRONMENT,
            "FORKLORE_CACHE": str(_cache()), "ZIG_GLOBAL_CACHE_DIR": str(zig_cache()),
        }  # fmt: skip

    def grade(self, *options: str, handed: list[Path] | None = None) -> subprocess.CompletedProcess[bytes]:
        start = [sys.executable, "-c", "from vm.entry import main; main()", "grade", *options, "--"]
        command = [*start, str(self.top / "lab" / "tests.toml")]
        return subprocess.run(
            [*command, *map(os.fsencode, handed or self.handed)], env=self.environment,
            capture_output=True, timeout=3600, cwd=Path(__file__).parents[3], stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def listed(self) -> dict[str, tuple[int, ...]]:
        """All that lies there, but for what is written for the teacher: kinds, inodes, sizes and times of changes."""
        temporary = self.top / "temp"  # is used, and is left with what was in it
        found = {str(temporary): (temporary.stat().st_ino,)}
        for folder, names, files, here in os.fwalk(self.top):  # whose paths may be too long
            if folder == str(self.top):
                names[:] = [name for name in names if name != "out"]
            for name in (*names, *files):
                if os.path.join(folder, name) in found:
                    continue
                status = os.stat(name, dir_fd=here, follow_symlinks=False)
                found[os.path.join(folder, name)] = (
                    status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
                )  # fmt: skip
        return found


def _cache() -> Path:
    folder = cache_directory("c")
    assert folder is not None
    return folder.parent


def processes() -> Iterator[Path]:
    """Those of this computer that have been started with the secret in their environment."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if OF_ENVIRONMENT.encode() in (folder / "environ").read_bytes():
                    yield folder
            except OSError:
                continue


class Watch:
    """Looks at the processes that grade while they do, and notes the most memory and descriptors that one has."""

    def __init__(self) -> None:
        self.memory = self.of_compiler = self.descriptors = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.5):
            for folder in processes():
                try:
                    lines = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
                    memory = int(lines["VmHWM"].split()[0]) << 10
                    if b"ziglang" in (folder / "cmdline").read_bytes():
                        self.of_compiler = max(self.of_compiler, memory)
                    else:
                        self.memory = max(self.memory, memory)
                    self.descriptors = max(self.descriptors, len(os.listdir(folder / "fd")))
                except (OSError, KeyError):
                    continue


def held(top: Path, chosen: list[Hostile], right_after: int, films: int) -> None:
    """Grade ``chosen`` among right submissions, and hold what came of it and of the host to what has to be true."""
    box = Box(top, chosen, right_after)
    before = box.listed()
    with Watch() as watch:
        done = box.grade("-o", str(top / "out"), "--films", str(films), "--jobs", "2")
    told = done.stdout + done.stderr
    assert done.returncode == 1, told[-3000:]
    assert b"Traceback" not in told
    assert box.listed() == before
    assert list(processes()) == []
    assert watch.memory < MOST_MEMORY
    assert watch.of_compiler <= confine.MEMORY_LIMIT
    assert watch.descriptors < MOST_DESCRIPTORS
    report = json.loads((top / "out" / "report.json").read_text())
    _each_has_a_verdict(report, len(box.handed))
    _right_ones_are_right(report, box)
    _nothing_is_seen(top / "out", told, report)


def _each_has_a_verdict(report: dict[str, Any], count: int) -> None:
    assert len(report["submissions"]) == count
    states = {each["name"]: [test["state"] for test in each["tests"]] for each in report["submissions"]}
    assert {name: found for name, found in states.items() if not {"passed", "failed"} >= set(found)} == {}
    kinds = {
        each["name"]: failure["kind"] for each in report["submissions"] for test in each["tests"]
        for failure in test["failures"] if failure["kind"] in ("time", "grader")
    }  # fmt: skip
    assert kinds == {}, "only this computer's clock has ended them"


def _right_ones_are_right(report: dict[str, Any], box: Box) -> None:
    right = [each for each in report["submissions"] if each["name"].endswith(RIGHT)]
    assert right
    alone = box.grade("--format", "json", "--jobs", "1", handed=[next(p for p in box.handed if p.name.endswith(RIGHT))])
    [only] = json.loads(alone.stdout)["submissions"]
    for each in right:
        assert each["passed"] is True, each["name"]
        assert json.dumps({**each, "name": ""}) == json.dumps({**only, "name": ""})


def _nothing_is_seen(out: Path, told: bytes, report: dict[str, Any]) -> None:
    """What nobody may see is nowhere; what is hidden is in the teacher's reports alone."""
    everything = {str(path): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    everything["terminal"] = told
    for text in (*SECRETS.values(), OF_ENVIRONMENT):
        assert [name for name, data in everything.items() if text.encode() in data] == []
    for name, data in _for_students(out, report).items():
        assert HIDDEN.encode() not in data, name
        assert KEY.encode() not in data, name


def _for_students(out: Path, report: Mapping[str, Any]) -> dict[str, bytes]:
    found = {"markdown": (out / "report.md").read_bytes()}
    environment = dict.fromkeys(IDENTITY.values(), "x")
    for plain in report["submissions"]:
        fields = {name: value for name, value in plain.items() if name not in ("points", "out_of", "passed")}
        verdict = verdict_from_json(fields)
        lab = ClassVerdict(lab="Echo", lab_digest="", seed=0, verdicts=(verdict,))
        scope = gradescope_of(verdict, lab)
        scope["tests"] = [test for test in scope["tests"] if test["visibility"] == "visible"]
        found[f"gradescope of {verdict.name}"] = json.dumps(scope).encode()
        found[f"classroom of {verdict.name}"] = json.dumps(
            classroom_of(verdict, environment, "2026-06-01T14:32:01Z")
        ).encode()
    return found


def _all_of(top: Path) -> list[Hostile]:
    top.mkdir()
    (top / "submissions").mkdir()
    paths = [*(str(top / path) for path in SECRETS), str(top / "lab" / "tests.toml"), "../victim/p.s"]
    return hostile_submissions(paths)


def test_some_of_all_kinds_harm_and_see_nothing(tmp_path: Path) -> None:
    everything = {each.name: each for each in _all_of(tmp_path / "box")}
    held(tmp_path / "box", [everything[name] for name in SLICE], right_after=7, films=1)


@pytest.mark.full
def test_two_hundred_submissions_harm_and_see_nothing(tmp_path: Path) -> None:
    everything = _all_of(tmp_path / "box")
    assert len(everything) >= 200
    held(tmp_path / "box", everything, right_after=5, films=10)
