"""The README's generated tables. `python tests/docs/reference.py` writes them anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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


def with_tables(text: str) -> str:
    """The README with fresh tables between its markers."""
    for name, table in (("instructions", instruction_table()), ("system calls", call_table())):
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _, t=table, b=begin, e=end: f"{b}\n{t}\n{e}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    path = ROOT / "README.md"
    path.write_text(with_tables(path.read_text()))
