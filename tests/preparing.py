"""What nearly all tests need and only the first run makes: the machine, compiled, and the C libraries.

Processes that test at the same time share it: one compiles the machine, and the next builds the libraries meanwhile.
"""

from __future__ import annotations

import fcntl
import platform
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from vm import toolchain


def prepare(folder: Path, *, needs_c: bool, needs_checker: bool) -> None:
    """Compile the machine, unless it is; ``folder`` is the same for all processes that test together."""
    from vm.native import jit, parts

    with (folder / "compiling").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if needs_c and toolchain.is_installed():
                build_libraries()
            fcntl.flock(file, fcntl.LOCK_EX)
        jit.prepare(parts.ALL if needs_checker else parts.MACHINE)


def build_libraries() -> None:
    """Have zig build the C library for the machine and for this computer; tests tell what goes wrong."""
    with tempfile.TemporaryDirectory(prefix="forklore-test-") as name:
        source = Path(name) / "nothing.c"
        source.write_text("int main(void) { return 0; }\n")
        with suppress(toolchain.CompileError, OSError):
            toolchain.build(source)
        target = ["-target", f"{platform.machine()}-linux-musl", "-fno-sanitize=undefined"]
        command = [sys.executable, "-m", "ziglang", "cc", *target, source.name, "-o", "nothing"]
        subprocess.run(command, cwd=name, capture_output=True, check=False)
