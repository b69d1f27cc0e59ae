"""What the shell of /bin does with scripts that nobody writes: it says so, and goes on or ends with a status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sampling import one_in
from vm import Machine
from vm.toolchain import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")

SAID = {
    "parentheses": ("(" * 5000, "nested too deeply"),
    "braces": ("{ " * 5000, "nested too deeply"),
    "substitutions": ("echo " + "$(" * 3000, "nested too deeply"),
    "parameters": ("echo " + "${x:-" * 3000, "nested too deeply"),
    "quotes": ('echo "${x:-"' * 2000, "nested too deeply"),
    "conditions": ("if " * 5000, "nested too deeply"),
    "arithmetic": ("echo $((" + "(" * 5000 + "1" + ")" * 5000 + "))", "nested too deeply"),
    "signs": ("echo $((" + "-" * 5000 + "1))", "nested too deeply"),
    "functions": ("f() { f; }; f", "nested too deeply"),
    "two functions": ("f() { g; }; g() { eval f; }; f", "nested too deeply"),
    "scripts": ("echo . ./s > s; . ./s", "Too many open files"),
    "traps": ("trap 'kill -USR1 $$' USR1; kill -USR1 $$", "nested too deeply"),
    "processes": ("while :; do sleep 99 & done", "Cannot fork"),
    "substituted processes": ("f() { echo $(f); }; f", "Cannot fork"),
    "memory": ("x=abcdefgh; x=$x$x$x$x; x=$x$x$x$x; while :; do x=$x$x$x$x; done", "Out of space"),
}
ACCEPTED = {
    "&&": "true && " * 5000 + "echo done",
    ";": "true; " * 5000 + "echo done",
    "elif": "if false; then :; " + "elif false; then :; " * 2000 + "fi; echo done",
    "case": "case x in " + "a|" * 2000 + "x) echo done;; esac",
    "a word": "x=" + "a" * 20_000 + "; [ ${#x} = 20000 ] && echo done",
    "words": "set -- " + "a " * 5000 + "; [ $# = 5000 ] && echo done",
    "assignments": "a=1 " * 2000 + "true; echo done",
    "eval": 'x=eval; while [ ${#x} -lt 500 ]; do x="$x eval"; done; $x echo done',
    "recursion": "f() { local a=1; [ $1 = 0 ] || f $(($1-1)); }; f 500; echo done",
    "bytes": "".join(map(chr, (1, 2, 127, 200, 255))) + "; echo done",
    "a pipeline": "true | " * 20 + "echo done",
    "documents": "cat " + "<<E " * 100 + "\n" + "x\nE\n" * 100 + "echo done",
}


def run(root: Path, script: str, memory: int) -> tuple[int, str, str]:
    """Status, output and messages of a script that is read from a file."""
    (root / "script").write_text(script, "latin-1")
    machine = Machine(root=root, memory=memory, processes=32, instructions=2_000_000_000)
    result = machine.run("/bin/sh", ["/script"])
    assert not result.message, result.message
    return result.status, result.output.decode("latin-1"), result.errors.decode("latin-1")


@pytest.mark.parametrize("subject", one_in(3, SAID))
def test_what_has_no_end_is_given_up_with_a_message(subject: str, tmp_path: Path) -> None:
    script, message = SAID[subject]
    status, _, said = run(tmp_path, f"cd /tmp; {script}", 16 << 20)
    assert message in said.splitlines()[0]
    assert status in (0, 2)


@pytest.mark.full
def test_what_is_only_long_is_done(tmp_path: Path) -> None:
    scripts = "\n".join(
        f"({script.rstrip()})" if subject != "documents" else script for subject, script in ACCEPTED.items()
    )
    status, output, _ = run(tmp_path, scripts, 64 << 20)
    assert (status, output.split().count("done")) == (0, len(ACCEPTED))
