"""The README's picture of a report. `python tests/docs/picture.py` draws it anew."""

from __future__ import annotations

import io
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "programs/hazards/bad/strtok.c"
PICTURE = ROOT / "programs/hazards/report.svg"
WIDTH = 80
FONTS = "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace"
COLUMN = 12.2
"""Width of a character in rich's pictures."""


def draw() -> str:
    """What `forklore check` says of the program, as an SVG of so many columns."""
    from rich.console import Console

    from vm import Machine
    from vm.hazards.judgement import findings
    from vm.hazards.observer import WindowObserver
    from vm.hazards.report import render
    from vm.hazards.windows import Groups

    run, groups = Machine().boot(PROGRAM).start(), Groups()
    observer = WindowObserver(run.kernel, groups.add)
    run.finish()
    observer.finish()
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False,
        emoji=False, markup=False,
    )  # fmt: skip
    for line in render(findings(groups), notes=False):
        console.print(line)
    drawn = console.export_svg(title=f"forklore check {PROGRAM}", unique_id="forklore")
    # No font is fetched: what shows pictures of strangers does not fetch, and every system has one of these.
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    return re.sub(r" +\n", "\n", drawn.replace("Fira Code, monospace", FONTS))


def text_of(picture: str) -> str:
    """The lines of text in an SVG, from top to bottom, without its title."""
    rows: dict[float, str] = {}
    for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"):
        if "clip-path" in element.attrib:
            row, column = float(element.attrib["y"]), round(float(element.attrib["x"]) / COLUMN)
            text = (element.text or "").replace("\N{NO-BREAK SPACE}", " ").rstrip("\n")
            rows[row] = rows.get(row, "").ljust(column) + text
    return "\n".join(line.rstrip() for _, line in sorted(rows.items()))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PICTURE.write_text(draw())
