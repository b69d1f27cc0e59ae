"""Where the command begins and ends. Until it can say more, which takes some imports, an interrupt ends it silently.

Nothing of what is imported is ever garbage, so nobody looks for some in it: not all along, which takes a tenth of a
start, and not once more at the end, which takes as long again.
"""

from __future__ import annotations

import gc
import signal
from typing import Any

OBJECTS = 50_000
"""How many objects come into being, more than go, before the collector looks at the youngest; 700 is usual."""


def main() -> Any:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(OBJECTS)
    try:
        from vm.cli import main

        return main()
    finally:
        gc.freeze()
