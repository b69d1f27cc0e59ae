"""Generated tables of README and manual. `python tests/docs/reference.py` writes them anew."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

INDEX = ROOT / "vm" / "manual" / "programs.md"
PROGRAMS = {
    path.relative_to(ROOT / "programs").as_posix(): path
    for folder, pattern in (("", "*.s"), ("c", "*.c"))
    for path in sorted((ROOT / "programs" / folder).glob(pattern))
}
SUBJECTS = {
    "First steps": "hello.s c/hello.c echo.s false.s cat.s c/upper.c",
    "fork: what is copied": "fork.s fork_isolation.s c/fork_copies.c fork_ids.s fork_offset.s heap.s c/prefork.c",
    "fork: order and number": "fork_order.s fork_tree.s c/how_many.c fork_bomb.s",
    "Buffers": "fork_buffer.s c/buffered_twice.c c/first_line.c c/vfork_stdio.c",
    "vfork": "vfork_global.s vfork_stack.s vfork_heap.s vfork_order.s vfork_exec.s vfork_exec_fails.s vfork_killed.s "
    "vfork_return.s c/vfork_damage.c",
    "exec and spawn": "fork_exec.s exec_resets.s exec_descriptors.s exec_fails.s c/exec_arguments.c c/spawn.c",
    "wait, orphans, zombies": "wait.s exit_status.s c/wait_status.c orphan.s c/orphan.c zombie.s c/zombie.c",
    "Pipes and redirection": "pipe.s pipeline.s c/pipe_words.c c/redirect.c broken_pipe.s deadlock.s",
    "Shells": "sh.s c/sh.c c/popen_system.c",
    "Shared memory and races": "race_shared.s race_amo.s race_lrsc.s race_lock.s race_fork.s c/shared_memory.c",
    "Signals and faults": "c/sigchld.c null_pointer.s stack_overflow.s write_code.s illegal.s breakpoint.s",
    "The instructions": "division.s misaligned_access.s misaligned_atomic.s misaligned_jump.s",
}
"""The programs by what they are about, in an order to read them in."""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def instruction_table() -> str:
    from vm.isa import INSTRUCTIONS

    rows = ["| instruction | operands | bits | effect |", "|---|---|---|---|"]
    for row in INSTRUCTIONS:
        syntax = f"`{row.syntax}`" if row.syntax else ""
        rows.append(f"| `{row.name}` | {syntax} | `{row.bits}` | `{cell(row.effect)}` |")
    return "\n".join(rows)


def call_table() -> str:
    from vm.kernel.syscalls import TABLE

    rows = ["| number | call | errors | differs from Linux |", "|---|---|---|---|"]
    for row in sorted(TABLE.values(), key=lambda row: row.number):
        arguments = ", ".join(name for name, _ in row.arguments)
        rows.append(f"| {row.number} | `{row.name}({arguments})` | {' '.join(row.errors)} | {cell(row.deviation)} |")
    return "\n".join(rows)


def first_sentence(path: Path) -> str:
    """What the header of a program begins with."""
    lines = re.match(r"(?:(?:# |/\* | \* ).*\n)+", path.read_text())
    assert lines is not None
    text = " ".join(re.sub(r"^(#|/\*| \*) ", "", line).strip() for line in lines[0].splitlines())
    found = re.match(r".*?[.?](?= |$)", text)
    assert found is not None, path
    return found[0]


def program_index() -> str:
    rows = []
    for subject, names in SUBJECTS.items():
        rows += [f"## {subject}", "", "| program | what it shows |", "|---|---|"]
        rows += [f"| `programs/{name}` | {cell(first_sentence(PROGRAMS[name]))} |" for name in names.split()]
        rows.append("")
    return "\n".join(rows).rstrip()


def with_index(text: str) -> str:
    """The page of programs with a fresh index."""
    begin, end = "<!-- programs -->", "<!-- end of programs -->"
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{program_index()}\n{end}", text, flags=re.DOTALL)


def service_table(dialect: str) -> str:
    from vm.kernel.services import BASES, DESCRIPTIONS, ROWS
    from vm.services import ENDING

    rows = ["| number | service | what it does | result |", "|---|---|---|---|"]
    for key, row in sorted(ROWS.items()):
        if key >> 32 == BASES[dialect] >> 32 and row.number < ENDING:
            arguments = ", ".join(name for name, _ in row.arguments)
            about = DESCRIPTIONS[key]
            rows.append(f"| {row.number} | `{row.name}({arguments})` | {cell(about.effect)} | {cell(about.result)} |")
    return "\n".join(rows)


def with_tables(text: str) -> str:
    """The README, or a page of the manual, with fresh tables between its markers."""
    tables = {"instructions": instruction_table, "system calls": call_table}
    tables |= {f"services of {dialect}": partial(service_table, dialect) for dialect in ("rars", "venus")}
    for name in (name for name in tables if f"<!-- {name} -->" in text):
        table = tables[name]()
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _, t=table, b=begin, e=end: f"{b}\n{t}\n{e}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for path in (ROOT / "README.md", *(ROOT / "vm" / "manual").glob("*.md")):
        path.write_text(with_index(with_tables(path.read_text())))
