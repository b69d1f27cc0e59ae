"""A lab's skeleton, and a workflow for GitHub: what others read of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from vm.grade.starting.actions import workflow
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
    assert job["env"] == {"TESTS": name if name != "-x" else "./-x", "SUBMISSION": "hand in"}
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert set(step) <= {"name", "uses", "with", "run", "if"}
        assert "uses" not in step or step["uses"].rpartition("@")[2][1:].isdigit()
    commands = "\n".join(step.get("run", "") for step in job["steps"])
    assert f'"forklore[c]=={VERSION}"' in commands
    assert '"$TESTS" "$SUBMISSION"' in commands
    assert name not in commands


@pytest.mark.parametrize("name", ["a\nb", "${{ secrets.TOKEN }}", "a\x1b"])
def test_a_workflow_has_no_name_that_is_a_command(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        workflow(name)
