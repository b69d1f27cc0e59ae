"""Limits of the host that nothing of ours can work under."""

from __future__ import annotations

import resource

from vm.cli import fail

LEAST_ADDRESS_SPACE = 400 << 20
"""Bytes that the libraries of the machine take; some of them end the process where they do not get it."""


def check_address_space() -> None:
    """End the command with a message where its address space is limited to too little (setrlimit(2), RLIMIT_AS)."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if 0 <= limit < LEAST_ADDRESS_SPACE:
        fail(
            f"memory is limited to {limit >> 20} MiB (ulimit -v); forklore's libraries alone need "
            f"{LEAST_ADDRESS_SPACE >> 20}, and a machine several times its --memory beside them"
        )
