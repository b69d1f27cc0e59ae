"""Sessions of gdb that pages show, typed again into the real one. `python tests/docs/gdb_sessions.py PAGE` anew."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?<=^```gdb\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
NOISE = re.compile(
    r"^(Reading (symbols from )?\S+.*|\(No debugging symbols found in .*\)|"
    r"warning: File transfers from remote targets can be slow.*|"
    r"Use \"set sysroot\" to access files locally instead\.|\[New Thread [\d.]+\])\n",
    re.MULTILINE,
)
"""What gdb says of the files that it reads, and of threads that it has named already."""
PROMPT = "(gdb) "


def sessions(text: str) -> list[str]:
    """The sessions on a page: a command for the shell, and what is typed and shown after it."""
    return BLOCK.findall(text)


def commands(session: str) -> list[str]:
    """What is typed into gdb."""
    return re.findall(r"^\(gdb\) (.*)$", session, re.MULTILINE)


def replayed(session: str, program: list[str], folder: Path) -> str:
    """The session as it goes now, with ``program`` for the word ``forklore``."""
    first, *_ = session.splitlines()
    assert first.startswith("$ forklore gdb ")
    child = pexpect.spawn(
        program[0], [*program[1:], *first.split()[2:]], cwd=str(folder), encoding="utf-8", timeout=120,
        dimensions=(1000, 80), env=os.environ | {"TERM": "dumb", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    shown = f"{first}\n"
    try:
        child.expect_exact(PROMPT)
        shown += child.before
        for command in commands(session):
            child.sendline(command)
            child.readline()
            shown += f"{PROMPT}{command}\n"
            if command != "quit":
                child.expect_exact(PROMPT)
                shown += child.before
    finally:
        child.close(force=True)
    shown = re.sub(r" *\r\n", "\n", shown)
    return NOISE.sub("", "".join(line.expandtabs() for line in shown.splitlines(keepends=True)))


if __name__ == "__main__":
    own = [sys.executable, "-c", "import sys; sys.argv[0] = 'forklore'; from vm.cli import main; main()"]
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(BLOCK.sub(lambda found: replayed(found[1], own, ROOT), page.read_text()))
