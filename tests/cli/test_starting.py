"""What each command imports: one process runs them, from the lightest to the heaviest, and tells what is new each time.

Times depend on the computer; what is imported does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from asm import Source, assemble
from tests.programs.headers import PROGRAMS_FOLDER
from vm.cli import COMMANDS

HELLO = PROGRAMS_FOLDER / "hello.s"

RUNS_EACH = """
import sys
sys.argv[0] = "forklore"
from vm.cli import forklore
steps, before, told = eval(sys.argv.pop()), set(), []
for step in steps:
    try:
        forklore.main(step, standalone_mode=False)
    except SystemExit as end:
        assert not end.code, (step, end.code)
    told.append(sorted(sys.modules.keys() - before))
    before |= sys.modules.keys()
print(told, file=sys.stderr)
"""

NEVER = {"numba", "llvmlite", "ziglang", "rich", "elftools", "matplotlib", "logging", "email", "importlib.metadata"}
"""What nothing here shows, compiles or asks for."""
RUNNING = NEVER | {
    "asm.dialects", "asm.extensions", "asm.foreign", "google", "json", "perfetto", "random", "socket", "subprocess",
    "tempfile", "vm.cache.bound", "vm.elf.strip", "vm.events.json", "vm.hazards", "vm.kernel.digest",
    "vm.kernel.inventory", "vm.kernel.net", "vm.kernel.services", "vm.kernel.screen", "vm.kernel.watching", "vm.lines",
    "vm.native.compiler", "vm.notebook", "vm.observe.event_lines", "vm.observe.perfetto", "vm.observe.strace",
    "vm.schedules.schedule",
    "vm.toolchain",
}  # fmt: skip
SHOWING_HELP = RUNNING | {"numpy", "hashlib", "ctypes", "asm", "vm.elf", "vm.kernel", "vm.native"}
ASSEMBLING = (SHOWING_HELP | {"vm.settings", "vm.cli.booting"}) - {"asm", "vm.elf"}
READING = ASSEMBLING | {"asm"}
TELLING = READING | {"vm.abi", "vm.elf", "vm.isa", "vm.values", "dataclasses", "pathlib"}


def steps(image: Path) -> Iterator[tuple[list[str], set[str]]]:
    """Arguments of the command, and what must not be imported by then."""
    yield ["--version"], TELLING
    yield ["--help"], TELLING
    yield ["inspect", str(image)], READING
    yield ["disasm", str(image)], READING
    yield ["asm", str(HELLO), "-o", str(image)], ASSEMBLING
    yield ["run", "--help"], SHOWING_HELP - {"asm", "vm.elf"}
    yield ["run", str(HELLO)], RUNNING
    yield from (([name, "--help"], NEVER) for name in COMMANDS)


def test_a_command_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(assemble([Source("hello.s", HELLO.read_text())]).image)
    expected = list(steps(image))
    done = subprocess.run(
        [sys.executable, "-c", RUNS_EACH, repr([arguments for arguments, _ in expected])],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\nhello, world\n" in done.stdout
    for (arguments, unused), names in zip(expected, eval(done.stderr), strict=True):
        assert unused & set(names) == set(), arguments[:2]
