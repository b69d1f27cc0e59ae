"""Tab in a shell, by bash's protocol: COMP_WORDS and COMP_CWORD in, lines of a kind and a word out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def offered(line: str) -> list[str]:
    """What is offered for the last word of a line."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'forklore'; from vm.cli import forklore; forklore()"],
        env=os.environ | {
            "PYTHONPATH": str(ROOT), "_FORKLORE_COMPLETE": "bash_complete", "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        },
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("run pro", ["file,pro"]),
        ("run --stats programs/he", ["file,programs/he"]),
        ("run prog.s argu", ["file,argu"]),
        ("run --root ", ["dir,"]),
        ("run --bind fol", ["dir,fol"]),
        ("run --fork c", ["plain,copy", "plain,cow"]),
        ("run --memory 64", ["plain,64K", "plain,64M", "plain,64G"]),
        ("run --vf", ["plain,--vfork-as-fork"]),
        ("gdb pro", ["file,pro"]),
        ("gdb --batch -x com", ["file,com"]),
        ("gdb --tty /dev/pt", ["file,/dev/pt"]),
        ("gdb --checkpoints 64", ["plain,64K", "plain,64M", "plain,64G"]),
        ("check pro", ["file,pro"]),
        ("check --report re", ["file,re"]),
        ("check --format s", ["plain,sarif"]),
        ("compare --rounds 0 pro", ["file,pro"]),
        ("outcomes --possible fi", ["file,fi"]),
        ("outcomes --stdout p", ["plain,pipe"]),
        ("outcomes --graph fi", ["file,fi"]),
        ("outcomes pro", ["file,pro"]),
        ("grade te", ["file,te"]),
        ("grade ch", ["plain,check", "file,ch"]),
        ("grade tests.toml ch", ["file,ch"]),
        ("grade check te", ["file,te"]),
        ("grade check --replays fo", ["dir,fo"]),
        ("grade check --format j", ["plain,json"]),
        ("grade init fo", ["dir,fo"]),
        ("grade actions -o fi", ["file,fi"]),
        ("grade gradescope -o au", ["file,au"]),
        ("asm fi", ["file,fi"]),
        ("asm -o a.", ["file,a."]),
        ("asm -I in", ["dir,in"]),
        ("disasm im", ["file,im"]),
        ("inspect im", ["file,im"]),
        ("cc -O2 pro", ["file,pro"]),
        ("cc -o pro", ["file,pro"]),
        ("cc -nost", ["plain,-nostdlib", "plain,-nostartfiles"]),
        ("bench --methods copy,v", ["plain,copy,vfork"]),
        ("bench --sizes 64K,1", ["plain,64K,1K", "plain,64K,1M", "plain,64K,1G"]),
        ("bench --plot fi", ["file,fi"]),
        ("com", ["plain,compare"]),
        ("help de", ["plain,deaths", "plain,developing"]),
    ],
)
def test_what_is_offered(line: str, expected: list[str]) -> None:
    assert offered(f"forklore {line}") == expected
