"""Names the processor that this program runs on, and the LLVM that makes code for it, without loading LLVM.

Machine code that is kept was made for one processor: LLVM uses whatever instructions and tunes for whatever model it
finds. On Linux /proc/cpuinfo tells both (proc(5)); elsewhere what Python knows has to do.
"""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
_FIRST_PROCESSOR = 8192
"""Bytes that hold what /proc/cpuinfo says of one processor; a kernel takes a while to tell of all of them."""
_FACTS = frozenset((
    b"vendor_id", b"cpu family", b"model", b"model name", b"stepping", b"flags",
    b"CPU implementer", b"CPU architecture", b"CPU variant", b"CPU part", b"CPU revision", b"Features",
))  # fmt: skip
"""What tells one kind of processor from another: on x86, and on Arm. The rest varies from one moment to the next."""


@cache
def host_digest() -> str:
    """Name this processor and LLVM's version, as 64 hexadecimal digits: code made for one must not run on another."""
    facts = (platform.machine(), processor_facts(CPUINFO) or (platform.processor().encode(),), _llvm_version())
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def processor_facts(cpuinfo: Path) -> tuple[bytes, ...]:
    """The lines about the first processor in ``cpuinfo`` that name its kind; none where they cannot be read."""
    try:
        with open(cpuinfo, "rb", buffering=0) as file:
            first, _, _ = file.read(_FIRST_PROCESSOR).partition(b"\n\n")
    except OSError:
        return ()
    return tuple(line for line in first.splitlines() if line.partition(b":")[0].strip() in _FACTS)


def _llvm_version() -> bytes:
    """What llvmlite's file about its version says; nothing without one."""
    spec = find_spec("llvmlite")
    if spec is not None and spec.origin is not None:
        with suppress(OSError):
            return Path(os.path.dirname(spec.origin), "_version.py").read_bytes()
    return b""
