"""Small guest programs in assembly, run on machines of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vm import events
from vm.abi import CALL_NUMBERS
from vm.machine import Machine
from vm.records import Result
from vm.run import Run

PRELUDE = (
    "".join(f".equ SYS_{name}, {number}\n" for name, number in CALL_NUMBERS.items())
    + """
.macro sys name
    li a7, SYS_\\name
    ecall
.endm
.macro exit status
    li a0, \\status
    sys exit
.endm
.globl _start
"""
)


BOOT_OPTIONS = {"arguments", "environment", "input", "errors", "output", "chooser"}


def boot(root: Path, source: str, name: str = "guest", **options: Any) -> Run:
    """A machine about to run ``source``; options are settings, or those of Machine.boot."""
    root.mkdir(exist_ok=True)
    (root / f"{name}.s").write_text(PRELUDE + source)
    given = {key: options.pop(key) for key in BOOT_OPTIONS & options.keys()}
    return Machine(root=root, **{"instructions": 1_000_000, **options}).boot(f"/{name}", **given).start()


def run(root: Path, source: str, **options: Any) -> Result:
    """The outcome of running ``source``."""
    return boot(root, source, **options).finish()


def log_of(booted: Run) -> tuple[list[Any], Result]:
    """Run to the end: every event, those of single system calls too, and the outcome."""
    log: list[Any] = []
    for kind in events.KINDS:
        booted.kernel.events.subscribe(kind, log.append)
    return log, booted.finish()
