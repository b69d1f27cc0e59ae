"""`forklore film` as a command: what is written where, what is said, and how it ends."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.forking import forked_command

ROOT = Path(__file__).resolve().parents[2]
FORK = ROOT / "programs" / "fork_isolation.s"
OUTPUT = b"child:  data 2, heap 2, stack 2\nparent: data 1, heap 1, stack 1\n"
MARKUP = "<b>&amp;</b></script>\x1b[31m"


@pytest.fixture
def film(tmp_path: Path) -> Any:
    """Runs the command in a folder of its own; the size of memory is one that is quick."""

    def run(*arguments: object, input: bytes = b"", **more: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*forked_command(), "film", "--memory", "1M", *map(str, arguments)], input=input, cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=120, check=False, **more,
        )  # fmt: skip

    return run


def blocks(page: bytes) -> dict[str, bytes]:
    """What a page holds for its scripts, by name."""
    found = re.findall(rb'<script type="application/octet-stream" id="([\w-]+)">([^<]*)</script>', page)
    return {name.decode(): base64.b64decode(text) for name, text in found}


def heads(page: bytes) -> list[dict[str, Any]]:
    """What each film of a page says of itself."""
    reels = [zlib.decompress(data) for name, data in blocks(page).items() if name.startswith("reel-")]
    return [json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")]) for data in reels]


def test_a_film_is_a_run_and_a_page(film: Any, tmp_path: Path) -> None:
    done = film(FORK)
    page = (tmp_path / "film.html").read_bytes()
    assert (done.returncode, done.stdout) == (0, OUTPUT)
    [head] = heads(page)
    moments = head["layout"]["moments"]["rows"]
    assert done.stderr.decode() == f"forklore: film.html: {moments} moments, {len(page) / 1024:.1f} KiB\n"
    assert [head["program"], head["arguments"], head["outcome"]] == [str(FORK), [], "exit status 0"]
    assert json.loads(blocks(page)["head"])["title"] == "fork_isolation.s"


def test_the_page_may_go_to_standard_output(film: Any, tmp_path: Path) -> None:
    done = film(FORK, "--quiet", "-o", "-")
    assert done.stdout.startswith(b"<!doctype html>")
    assert done.stdout.rstrip().endswith(b"</html>")
    assert OUTPUT not in done.stdout
    assert (done.returncode, done.stderr) == (0, b"")
    assert not list(tmp_path.iterdir())


def test_the_status_is_the_programs(film: Any, tmp_path: Path) -> None:
    killed = film(ROOT / "programs" / "null_pointer.s", "-o", "new.html")
    assert killed.returncode == 139
    assert b"SIGSEGV" in killed.stderr
    assert heads((tmp_path / "new.html").read_bytes())[0]["outcome"] == "killed by SIGSEGV"
    (tmp_path / "old.html").write_text("old")
    assert film("missing.s", "-o", "old.html").returncode == 127
    assert (tmp_path / "old.html").read_text() == "old"
    assert film(FORK, "-o", "old.html").returncode == 0
    assert (tmp_path / "old.html").read_bytes().startswith(b"<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.html", "old.html"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [(".", "Is a directory"), ("no/film.html", "No such file"), ("a/film.html", "Not a directory")],
)
def test_nothing_runs_for_a_page_that_cannot_be_written(film: Any, tmp_path: Path, target: str, reason: str) -> None:
    (tmp_path / "a").write_text("")
    done = film(FORK, "-o", target)
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.decode().startswith(f"forklore: cannot write {target}: {reason}")


def test_a_page_that_finds_no_room_is_not_written_at_all(film: Any, tmp_path: Path) -> None:
    done = film(FORK, "-o", "/dev/full")
    assert (done.returncode, done.stdout) == (125, OUTPUT)
    assert done.stderr == b"forklore: cannot write /dev/full: No space left on device\n"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*forked_command(), "film", "--quiet", str(FORK), "-o", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        125, b"forklore: cannot write to standard output: No space left on device\n",
    )  # fmt: skip


def test_a_window_is_what_the_film_has(film: Any, tmp_path: Path) -> None:
    done = film("--from", 100, "--until", 300, "--pid", 2, FORK)
    assert (done.returncode, done.stdout) == (0, OUTPUT)
    [head] = heads((tmp_path / "film.html").read_bytes())
    assert head["window"] == {"from": 100, "until": 300, "pids": [2]}
    nobody = film("--pid", 3, "--pid", 99, "--pid", 7, FORK)
    assert nobody.stderr.decode().splitlines()[1:] == [
        f"forklore: there is no process {pid} in the film" for pid in (7, 99)
    ]
    wrong = film("--from", 300, "--until", 100, FORK)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"a film ends no earlier than it begins" in wrong.stderr
    late = film("--from", 10**9, FORK)
    assert (late.returncode, late.stdout) == (125, OUTPUT)
    assert b"forklore: there is no film: the run has ended at clock " in late.stderr


def test_moments_may_lie_closer_than_what_happens(film: Any, tmp_path: Path) -> None:
    counts = []
    for every in ((), ("--every", 1)):
        assert film(FORK, *every).returncode == 0
        counts.append(heads((tmp_path / "film.html").read_bytes())[0]["layout"]["moments"]["rows"])
    assert counts[0] < 50 < 300 < counts[1]


def test_options_may_stand_behind_the_program_and_its_own_behind_two_dashes(film: Any, tmp_path: Path) -> None:
    wrong = film(ROOT / "programs" / "echo.s", "-z")
    assert wrong.returncode == 2
    assert b"What is the program's own stands behind --." in wrong.stderr
    done = film(ROOT / "programs" / "echo.s", "--title", MARKUP, "--caption", MARKUP, "--", "-o", MARKUP)
    assert (done.returncode, done.stdout) == (0, f"-o {MARKUP}\n".encode())
    page = (tmp_path / "film.html").read_bytes()
    assert b"<b>" not in page
    known = json.loads(blocks(page)["head"])
    assert known["title"] == known["caption"] == MARKUP.replace("\x1b", "\\x1b")
    assert heads(page)[0]["arguments"] == ["-o", MARKUP.replace("\x1b", "\\x1b")]


def test_a_schedule_is_filmed(film: Any, tmp_path: Path) -> None:
    """With the input and the settings that it has."""
    command = ["run", "--memory", "1M", "--fork", "cow", "--record", "schedule.json", str(ROOT / "programs" / "cat.s")]
    subprocess.run([*forked_command(), *command], input=b"once\n", cwd=tmp_path, capture_output=True, check=True)
    done = film("--schedule", "schedule.json", ROOT / "programs" / "cat.s", input=b"other\n")
    assert (done.returncode, done.stdout) == (0, b"once\n")
    assert heads((tmp_path / "film.html").read_bytes())[0]["settings"]["strategy"] == "cow"


def test_settings_are_compared_in_one_page(film: Any, tmp_path: Path) -> None:
    """All runs read the same, and only what is said of the films is seen."""
    compared = "copy,on-demand,vfork-as-fork,cow+vfork-as-fork"
    done = film("--compare", compared, ROOT / "programs" / "cat.s", input=b"line\n")
    assert (done.returncode, done.stdout) == (0, b"")
    page = (tmp_path / "film.html").read_bytes()
    assert json.loads(blocks(page)["head"])["compared"] == compared.split(",")
    told = [head["settings"] for head in heads(page)]
    assert [(each["strategy"], each.get("vfork as fork")) for each in told] == [
        ("copy", None), ("on-demand", None), ("copy", "yes"), ("cow", "yes"),
    ]  # fmt: skip
    for head in heads(page):
        assert head["outcome"] == "exit status 0"
        assert head["layout"]["streams"]["rows"] >= 2  # read and written
    *_, vain = done.stderr.decode().splitlines()
    assert vain == "forklore: nothing here calls vfork, so vfork-as-fork and cow+vfork-as-fork show plain forks"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("copy,COW", "'COW' is none of copy, cow, on-demand, vfork, vfork-as-fork, "),
        ("cow,cow", "cow is named more than once"),
        ("copy", "'copy' is only one; give two or more"),
    ],
)
def test_what_cannot_be_compared_is_refused(film: Any, names: str, reason: str) -> None:
    done = film("--compare", names, FORK)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in re.sub(r"\s+", " ", done.stderr.decode())


def test_a_comparison_decides_what_fork_does(film: Any) -> None:
    done = film("--compare", "copy,cow", "--fork", "cow", FORK)
    assert done.returncode == 2
    assert b"leave out --fork" in done.stderr


def test_vfork_is_compared_where_it_is_called(film: Any) -> None:
    done = film("--compare", "vfork,cow+vfork-as-fork", ROOT / "programs" / "vfork_global.s")
    assert done.returncode == 0
    assert re.fullmatch(rb"forklore: film.html: \d+ moments and \d+ moments, [\d.]+ KiB\n", done.stderr)
