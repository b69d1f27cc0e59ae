"""The shell of /bin does with small scripts what the host's does: output, messages and exit statuses.

The scripts are in tests/c/shell, by subject, each below a line of two percent signs; where that says "own words", a
shell may say in words of its own what is wrong.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

from tests.sampling import first_of, one_in
from vm import Machine
from vm.toolchain import is_installed

SUBJECTS = sorted((Path(__file__).parent / "shell").glob("*.txt"))
LAUNCHED = sorted(
    (path for path in SUBJECTS if path.stem != "syntax_errors"), key=lambda path: path.stem != "redirection"
)
"""Those that a command may be put before; redirection is what is done in a child that has its parent's memory."""

PARTS = 4
"""Of each subject the default run takes one of so many parts."""

HOSTS = shutil.which("dash") or "/bin/sh"
FILES = {"a.txt": "first line\nsecond\n", "b.txt": "b\n", ".hidden": "", "folder/inner": "in\n"}
DRIVER = """\
for script in "$1"/*.sh; do
    cd "${script%.sh}"
    (sh ../"${script##*/}") > ../out 2> ../err < /dev/null
    status=$?
    cat ../out && echo "@@@" && cat ../err && echo "@@@ $status"
done
"""
"""Runs all scripts of a folder: their output, what they said and their statuses."""

pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


def read_scripts(path: Path) -> list[tuple[bool, str]]:
    """Whether a script's messages are a shell's own, and the script, without the end of its last line."""
    found = re.findall(r"^%%( own words)?\n(.*?)\n(?=%%|\Z)", path.read_text(), re.DOTALL | re.MULTILINE)
    return [(bool(own), script) for own, script in found]


def prepare(folder: Path, scripts: list[tuple[bool, str]]) -> None:
    """A file and a folder to run it in for each script, and what runs them all."""
    for number, (_, script) in enumerate(scripts):
        place = folder / "work" / f"{number:03}"
        (place / "folder").mkdir(parents=True)
        for name, text in FILES.items():
            (place / name).write_text(text)
        place.with_suffix(".sh").write_text(script)
    (folder / "driver").write_text(DRIVER)


def outcomes(output: bytes) -> list[tuple[str, str, str]]:
    """Output, messages and status of each script, from what the driver printed."""
    return re.findall(r"(.*?)@@@\n(.*?)@@@ (\d+)\n", output.decode(), re.DOTALL)


def compare(scripts: list[tuple[bool, str]], first: str, tmp_path: Path) -> None:
    """Run scripts in both shells, in the machine's behind a first command."""
    prepare(tmp_path / "host", scripts)
    prepare(tmp_path / "guest", [(is_own, first + script) for is_own, script in scripts])
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sh").symlink_to(HOSTS)
    environment = {"LC_ALL": "C", "PATH": f"{tmp_path}/path:/usr/bin:/bin", "HOME": "/"}
    done = subprocess.run(
        ["sh", "../driver", tmp_path / "host" / "work"], cwd=tmp_path / "host" / "work", env=environment, timeout=300,
        check=True, stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    (tmp_path / "root").mkdir()
    machine = Machine(root=tmp_path / "root", bind=[(tmp_path / "guest", "/guest")], instructions=2_000_000_000)
    result = machine.run("/bin/sh", ["/guest/driver", "/guest/work"])
    assert result.status == 0, result.message
    for script, expected, found in zip(scripts, outcomes(done.stdout), outcomes(result.output), strict=True):
        if script[0]:
            assert (script, found[0], bool(found[1]), found[2]) == (script, expected[0], bool(expected[1]), expected[2])
        else:
            assert (script, *found) == (script, *expected)


@pytest.mark.parametrize(
    ("subject", "part"), one_in(PARTS, product(SUBJECTS, range(PARTS))), ids=lambda value: getattr(value, "stem", None)
)
def test_a_script_does_what_it_does_on_the_host(subject: Path, part: int, tmp_path: Path) -> None:
    compare(read_scripts(subject)[part::PARTS], "", tmp_path)


@pytest.mark.parametrize(
    ("subject", "launcher"), first_of(1, product(LAUNCHED, ("vfork", "spawn"))),
    ids=lambda value: getattr(value, "stem", None),
)  # fmt: skip
def test_launchers_make_no_difference(subject: Path, launcher: str, tmp_path: Path) -> None:
    compare(read_scripts(subject), f"launch {launcher}; ", tmp_path)
