"""Runs an image in the machine that is installed where this runs, and counts who executed its instructions.

    python -P bench/counting.py IMAGE

Prints an object of JSON: instructions retired, how many of them translated, regions translated and recalled.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from vm import Machine
from vm.engine.protocol import Statistics


def main() -> None:
    """Run with the default engine; a program checks itself, and says so by its exit status."""
    run = Machine().boot(sys.argv[1], keep=False).start()
    result = run.finish()
    if result.status or result.message:
        sys.exit(f"{sys.argv[1]}: exit status {result.status} {result.message}")
    statistics = run.kernel.engine.statistics or Statistics()
    print(json.dumps({"retired": result.retired} | asdict(statistics)))


if __name__ == "__main__":
    main()
