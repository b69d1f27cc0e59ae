"""Where the command begins. Until it can say more, which takes some imports, an interrupt ends it without a word."""

from __future__ import annotations

import signal
from typing import Any

from vm import collecting


def main() -> Any:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    collecting.begin()
    from vm.cli import main

    return main()
