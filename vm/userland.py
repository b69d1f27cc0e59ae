"""What a root has in /bin unless it brings its own: a shell and, where C can be compiled, the usual small utilities.

Their sources are guest programs like any other, in programs/; they become images when something first looks at them,
which then imports what drives the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.exec.loader import SourceFile
from vm.library import is_installed
from vm.sources import assemble_source

BIN = "/bin"

_FLAGS = ("-O2", "-s")


def programs_folder() -> Path:
    """Return the folder programs/ of a checkout, or what of it is installed."""
    here = Path(__file__).parent
    return next(path for path in (here / "programs", here.parent / "programs") if path.exists())


def programs() -> Mapping[str, Callable[[], bytes]]:
    """Guest path -> what makes its image.

    Without a C compiler there is only the shell in assembly, which knows commands and their words. A maker raises
    :class:`~vm.kernel.errors.SystemCallError` with EIO when the compiler fails.
    """
    folder = programs_folder()
    if not is_installed():
        return {f"{BIN}/sh": partial(_assembled, folder / "sh.s")}
    sources = [folder / "c" / "sh.c", *sorted((folder / "c" / "bin").glob("*.c"))]
    makers = {f"{BIN}/{source.stem}": partial(_compiled, source) for source in sources}
    return makers | {f"{BIN}/[": makers[f"{BIN}/test"]}


def _assembled(source: Path) -> bytes:
    return assemble_source(SourceFile(f"{BIN}/{source.name}", source.read_bytes(), lambda name: b"", str(source)))


def _compiled(source: Path) -> bytes:
    from vm import toolchain

    try:
        return toolchain.build(source, _FLAGS)
    except (toolchain.CompileError, OSError):
        raise SystemCallError(Errno.EIO) from None
