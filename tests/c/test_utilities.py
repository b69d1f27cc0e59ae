"""/bin: the shell in C and the utilities print what the host's own print for the same command lines."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vm import Machine
from vm.kernel.ports import Closed
from vm.toolchain import is_installed
from vm.userland import programs


def is_gnu(name: str) -> bool:
    """True when the host has the program, and it is GNU's."""
    if shutil.which(name) is None:
        return False
    return b"GNU" in subprocess.run([name, "--version"], capture_output=True, check=False).stdout


pytestmark = [
    pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'"),
    pytest.mark.skipif(not all(map(is_gnu, ("sort", "grep", "ls"))), reason="the host's utilities are not GNU's"),
]

FILES = {
    "words": "pear\nfig\napple\nfig\nFig\n\nlast line without end",
    "numbers": "10\n9\n-3\n9\n  7 x\nnone\n2.5\n",
    "long": "".join(f"line {i}\n" for i in range(1, 31)),
    "empty": "",
    ".hidden": "x\n",
    "a.c": "int a;\n",
    "b.c": "int b;\n",
}

COMMANDS = [
    "cat words numbers", "cat < words", "cat words - < numbers", "cat nowhere words", "cat empty", "echo one  two",
    "echo -n x", "echo", "true; echo $?", "false; echo $?", "head -n 3 long", "head long", "head -2 words numbers",
    "head -n 0 long", "head < empty", "head nowhere long", "tail -n 3 long", "tail long", "tail -n +28 long",
    "tail -n 1 words numbers", "tail -n 0 long", "tail -n 99 words", "tail -n 4294967295 long words",
    "head -n 4294967295 words",
    "sort words", "sort -r words", "sort -u words", "sort -n numbers", "sort -nr numbers",
    "sort -nu numbers", "sort words numbers", "sort nowhere", "sort empty",
    "uniq words", "sort words | uniq -c", "sort words | uniq -d", "uniq nowhere", "wc words", "wc words numbers",
    "wc -l words", "wc -lw words numbers", "wc -c < words", "wc < words", "cat words | wc", "cat words | wc -w",
    "wc empty", "wc nowhere words", "wc words nowhere", "grep fig words", "grep -i FIG words",
    "grep -c fig words numbers", "grep -n . words", "grep -v fig words", "grep -vc fig words",
    "grep -q fig words && echo found", "grep nothing words || echo $?", "grep fig words numbers",
    "grep '^[a-f]' words", "grep -E 'pear|apple' words", "grep 'a\\.c' long; echo $?", "grep x nowhere; echo $?",
    "tr a-z A-Z < words", "tr -d aeiou < words", "tr -s p < words", "tr '[:lower:]' '[:upper:]' < words",
    "tr abc x < words", "tr -s a-z A-Z < words", "tr '\\n' ' ' < words", "tr -d '[:space:]' < words", "ls", "ls -a",
    "ls words a.c", "ls -d .", "ls nowhere; echo $?", "ls folder", "ls words folder", "ls . folder", "ls *.c",
    "echo *.c", "echo '*.c' \"*.c\" \\*.c", "echo [ab].c ?.c nothing*", "cat *.c | wc -l", "mkdir new && ls -d new",
    "mkdir folder; echo $?", "mkdir -p deep/er/est; ls deep deep/er", "mkdir -p folder", "mkdir no/where; echo $?",
    "cp words copy; cat copy", "cp words numbers folder; ls folder", "cp words words; echo $?",
    "cp nowhere x; echo $?", "cp folder x; echo $?", "mv words moved; ls", "mv words numbers folder; ls . folder",
    "mv nowhere x; echo $?", "touch made; ls; wc made", "touch no/where; echo $?", "rm words; ls",
    "rm nowhere; echo $?", "rm -f nowhere; echo $?", "rm folder; echo $?", "rm -r folder; ls; echo $?",
    "mkdir -p t/u; touch t/u/v; rm -r t words; ls", "env -i A=1 B=2 env | sort", "env A=1 sh -c 'echo $A'",
    "env nowhere; echo $?", "env -i PATH=/bin:/usr/bin sh -c 'exit 3'; echo $?", "date -u +%Y > year; wc -l year",
    "sleep 0 && echo slept", "sleep; echo $?", "sleep x; echo $?", "sh -c 'kill -TERM $$'; echo $?",
    "sh -c 'kill -9 $$'; echo $?", "kill -0 $$ && echo alive", "kill x || echo no", "echo out; echo err >&2",
    "echo both 1>&2 2> errors; wc -l errors", "echo both 2> errors 1>&2; wc -l errors",
    "cat nowhere 2> errors; wc -l < errors", "cat nowhere > all 2>&1; wc -l < all",
    "cat nowhere 2>&1 > none; wc -l < none", "cat 0< words 2>> errors", "cat < nowhere; echo $?",
    "echo x > no/where; echo $?", "echo 2 > f; cat f", "echo x2> f; cat f", "cat 9>&1 words >&9",
    "echo a > f; echo b >> f; cat f", "echo a | cat | cat", "pwd > here; wc -l here", "cd folder && cat inner",
]  # fmt: skip


def prepare(folder: Path) -> None:
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "folder").mkdir()
    (folder / "folder" / "inner").write_text("inside\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_line_does_what_it_does_on_the_host(command: str, tmp_path: Path) -> None:
    """Output, whether there were messages, and the exit status."""
    for name in ("native", "guest"):
        prepare(tmp_path / name)
    environment = {"LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path / "native", env=environment, capture_output=True, timeout=300,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    folder = tmp_path / "root"
    folder.mkdir()
    machine = Machine(root=folder, bind=[(tmp_path / "guest", "/work")], instructions=100_000_000)
    result = machine.run("/bin/sh", ["-c", f"cd /work; {command}"])
    assert result.output.decode() == done.stdout.decode()
    assert (bool(result.errors), result.status) == (bool(done.stderr), done.returncode)


PRINTING = [
    "cat words", "date", "echo word", "env", "grep fig words", "grep -c fig words", "head words", "ls", "ls -l",
    "sort words", "tail words", "uniq words", "wc words", "ps", "pwd", "cat nowhere", "grep -q fig words", "wc empty",
    "head empty", "date +", "ls empty nowhere",
]  # fmt: skip


@pytest.mark.parametrize("command", PRINTING)
def test_output_that_is_closed_is_a_failure(command: str, tmp_path: Path) -> None:
    """With the host's exit status, and a message where the host's has one; nothing, if there was nothing to print."""
    prepare(tmp_path / "native")
    name, *arguments = command.split()
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"the host has no {name}")
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", path, *arguments], cwd=tmp_path / "native", capture_output=True,
        env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"}, timeout=300, check=False,
    )  # fmt: skip
    machine = Machine(root=tmp_path / "native")
    result = machine.run(f"/bin/{name}", arguments, output=Closed())
    assert (bool(result.errors), result.status) == (bool(done.stderr), done.returncode)


LOST = {
    "cat words": 1, "clear": 1, "cmp -l words numbers": 2, "cut -c 1 words": 1, "date": 1, "/bin/echo x": 1, "env": 125,
    "expr 1 + 1": 3, "grep fig words": 2, "head words": 1, "id": 1, "ls": 2, "ls -l": 2, "od words": 1, "printenv": 2,
    "/bin/printf x": 1, "ps": 1, "/bin/pwd": 1, "seq 3": 1, "sort words": 2, "tail words": 1, "tr a b < words": 1,
    "uname": 1, "uniq words": 1, "wc words": 1, "dirname a": 1, "basename a": 1, "echo x": 1, "printf x": 1, "pwd": 1,
    "seq 100000": 1, "tr a b < /dev/zero": 1, "ls --help": 2,
}  # fmt: skip
"""What prints, and its exit status when that cannot be written."""


def test_output_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    """Of programs and of the shell's own commands."""
    prepare(tmp_path / "root")
    script = "\n".join(f"{command} > /dev/full; echo $?" for command in LOST)
    result = Machine(root=tmp_path / "root").run("/bin/sh", ["-c", script])
    assert dict(zip(LOST, map(int, result.output.split()), strict=True)) == LOST
    said = [line for line in result.errors.decode().splitlines() if not line.startswith("cmp: EOF")]
    assert [line.endswith(": write error: No space left on device") for line in said] == [True] * len(LOST)


def test_every_utility_is_tried() -> None:
    scripts = [path.read_text() for path in (Path(__file__).parent / "shell").glob("utilities*.txt")]
    used = set(re.findall(r"\w+|\[", " ".join([*COMMANDS, *scripts])))
    names = {Path(path).name for path in programs()} - {"clear", "ps"}
    assert {name for name in names if name not in used} == set()


def test_a_root_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "echo").write_text("#!/bin/cat\nits own\n")
    (tmp_path / "bin" / "echo").chmod(0o755)
    result = Machine(root=tmp_path).run("/bin/sh", ["-c", "/bin/echo x"])
    assert result.output == b"#!/bin/cat\nits own\n"


def test_usr_bin_is_bin(tmp_path: Path) -> None:
    result = Machine(root=tmp_path).run("/usr/bin/env", ["-i", "/usr/bin/echo", "found"])
    assert result.output == b"found\n"


def test_threads_are_listed() -> None:
    """In procps' columns, with a line for each; without -T a process has one."""
    result = Machine().run(Path(__file__).parent / "shell" / "threads.c")
    lines = [line.split() for line in result.output.decode().splitlines()]
    assert lines[0] == ["PID", "SPID", "TTY", "TIME", "CMD"]
    assert [line[:2] for line in lines if line[-1] == "threads.c"] == [["2", "2"], ["2", "3"], ["2", "4"], ["2", "1"]]
    assert ["1", "1", "?", "00:00:00", "reaper"] in lines
    assert result.status == 0
