"""``python -m tests.native.precompiled LOG FOLDER COMMAND…``: forklore, where compiling takes no time.

What ``FOLDER`` has of the machine, compiled, takes the place of what a compiler would make: so a run with an empty
cache is a matter of half a second. ``LOG`` gets a letter for each time that something is compiled.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vm.native import elsewhere, packing, parts

SEAL = 32
"""Bytes before what is kept."""


def main() -> None:
    """Run the command."""
    log, folder, *command = sys.argv[1:]

    def compile_elsewhere(wanted: list[str], progress: parts.Progress | None = None) -> dict[str, bytes]:
        if progress is not None:
            progress(0, 0, "the machine")
        with open(log, "a") as file:
            file.write("x")
        return {part: Path(folder, f"{part}.code").read_bytes()[SEAL:] for part in wanted}

    elsewhere.compile_elsewhere = compile_elsewhere  # type: ignore[assignment]
    packing.pack = lambda data: data
    from vm.cli import main as run

    sys.argv = ["forklore", *command]
    run()


if __name__ == "__main__":
    main()
