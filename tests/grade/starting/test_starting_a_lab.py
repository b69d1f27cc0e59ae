"""A lab's skeleton, and a workflow for GitHub: what others read of them."""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from vm.grade.starting.actions import workflow
from vm.grade.starting.gradescope import autograder
from vm.grade.starting.skeleton import AlreadyThere, skeleton, write_skeleton
from vm.version import VERSION


def test_a_skeleton_is_written_once(tmp_path: Path) -> None:
    names = write_skeleton(tmp_path / "a" / "lab")
    assert {"tests.toml", "README.md", "reference/family.c", "start/family.c"} == set(names)
    found = [path for path in (tmp_path / "a" / "lab").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path / "a" / "lab").as_posix(): path.read_bytes() for path in found} == skeleton()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "tests.toml").symlink_to("nowhere")
    with pytest.raises(AlreadyThere, match=r"tests\.toml"):
        write_skeleton(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tests.toml"]


def test_its_tests_are_commented_toml() -> None:
    text = skeleton()["tests.toml"].decode()
    read = tomllib.loads(text)
    assert read["forklore"] == 1
    assert len(read["tests"]) == 3
    assert [test.get("schedules") for test in read["tests"]] == [None, "every", None]
    assert "rules" in read["tests"][2]
    assert sum("#" in line for line in text.splitlines()) > 10


NAMES = ["tests.toml", "labs/a b/tests.toml", "it's.toml", 'a"b\\c: d #.toml', "-x", "$(touch x)", "ä.toml", "{a}"]


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_is_yaml_with_the_names(name: str) -> None:
    read = yaml.safe_load(workflow(name, "hand in"))
    assert set(read) == {"name", True, "permissions", "concurrency", "jobs"}  # "on" is a truth to YAML 1.1
    assert set(read[True]) == {"push", "workflow_dispatch"}
    assert read["permissions"] == {"contents": "read"}
    (job,) = read["jobs"].values()
    assert set(job) <= {"runs-on", "timeout-minutes", "env", "steps"}
    named = {"TESTS": name if name != "-x" else "./-x", "SUBMISSION": "hand in"}
    assert job["env"] == {**named, "FORKLORE": f"forklore[c]=={VERSION}"}
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert set(step) <= {"name", "uses", "with", "run", "if"}
        assert "uses" not in step or step["uses"].rpartition("@")[2][1:].isdigit()
    commands = "\n".join(step.get("run", "") for step in job["steps"])
    assert 'pip install "$FORKLORE"' in commands
    assert '"$TESTS" "$SUBMISSION"' in commands
    assert name not in commands


def test_forklore_is_installed_from_where_one_says(tmp_path: Path) -> None:
    elsewhere = "forklore[c] @ git+https://example.org/a b.git"
    (job,) = yaml.safe_load(workflow("tests.toml", install=elsewhere))["jobs"].values()
    assert job["env"]["FORKLORE"] == elsewhere
    write_skeleton(tmp_path)
    archive = zipfile.ZipFile(io.BytesIO(autograder(tmp_path / "tests.toml", elsewhere)))
    assert f"-m pip install '{elsewhere}'\n" in archive.read("setup.sh").decode()


@pytest.mark.parametrize("name", ["a\nb", "${{ secrets.TOKEN }}", "a\x1b"])
def test_a_workflow_has_no_name_that_is_a_command(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        workflow(name)
