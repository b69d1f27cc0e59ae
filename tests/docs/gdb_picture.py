"""The README's picture of a session in gdb, drawn of the manual's. `python tests/docs/gdb_picture.py` draws it anew."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from gdb_sessions import sessions
from picture import FONTS, ROOT, WIDTH

PAGE = ROOT / "vm" / "manual" / "gdb.md"
PICTURE = ROOT / "programs" / "gdb_session.svg"
FROM, TO = "(gdb) print balance", "(gdb) monitor ps"
"""What the picture shows of the session begins with the one, and ends before the other."""


def draw() -> str:
    """The part of the session in which the child is found, as an SVG."""
    from rich.console import Console
    from rich.text import Text

    session = sessions(PAGE.read_text())[0]
    shown = session[session.index(FROM) : session.index(TO)]
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False,
        emoji=False, markup=False,
    )  # fmt: skip
    for line in shown.splitlines():
        text = Text(line)
        text.highlight_regex(r"^\(gdb\) .*", "bold")
        text.highlight_regex(r"^Process \d.*", "yellow")
        console.print(text)
    drawn = console.export_svg(title=session.splitlines()[0].removeprefix("$ "), unique_id="forklore")
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    return re.sub(r" +\n", "\n", drawn.replace("Fira Code, monospace", FONTS))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    Path(PICTURE).write_text(draw())
