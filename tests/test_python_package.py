"""`import forklore` is the machine for Python, and `python -m forklore` the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import forklore
import vm

ROOT = Path(__file__).resolve().parents[1]
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "vm" / "api")])


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": PATHS}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_it_has_the_names_of_the_machine() -> None:
    assert forklore.Machine is vm.Machine
    assert forklore.Result is vm.Result
    assert forklore.events.Created
    for name in forklore.__all__:
        assert getattr(forklore, name).__doc__, name
    assert set(forklore.__all__) <= set(dir(forklore))
    with pytest.raises(AttributeError, match="nothing"):
        _ = forklore.nothing


def test_importing_it_brings_nothing_along() -> None:
    done = python("-c", "import sys, forklore; print([name for name in ('numba', 'numpy') if name in sys.modules])")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_module_is_the_command() -> None:
    done = python("-m", "forklore", "--version")
    assert (done.returncode, done.stdout) == (0, f"forklore, version {forklore.__version__}\n")
    assert python("-m", "forklore", "rn").returncode == 2


def test_its_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert (project["project"]["dynamic"], project["tool"]["hatch"]["version"]) == (
        ["version"], {"path": "vm/version.py"},
    )  # fmt: skip
    assert forklore.__version__ == metadata.version("forklore")


def test_wheels_and_editable_installs_have_it() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["sources"] == {"vm/api/forklore": "forklore"}
    assert {"vm", "asm"} == set(build["targets"]["wheel"]["only-include"])
    assert "vm/api" in build["dev-mode-dirs"]
    assert (ROOT / "vm" / "api" / "forklore" / "py.typed").exists()
