"""Sources that a machine executes as if they were images: assembly, and C where there is a compiler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from vm import toolchain
from vm.kernel.loader import Builder, SourceError, SourceFile
from vm.reading import source_text


def assemble_source(file: SourceFile) -> bytes:
    """Turn an assembly source into an image. SourceError."""
    from asm import AssemblyError, Limits, SmallLimits, Source, assemble

    def read_text(name: str) -> str:
        return source_text(file.read(name))

    name, host = file.path.lstrip("/"), file.host or ""
    directory = host.removesuffix(name).rstrip("/") if host.endswith(f"/{name}") else ""
    limits = (SmallLimits if file.host is None else Limits)(file.pulse)
    try:
        source = Source(name, source_text(file.text))
        return assemble([source], read_include=read_text, directory=directory, limits=limits).image
    except AssemblyError as error:
        raise SourceError(str(error)) from None


def compile_source(roots: Sequence[Path], own: Path | None, file: SourceFile) -> bytes:
    """Compile a C source of the host's, and no other: a guest that wrote one could include the host's. SourceError.

    The compiler reads the file, and those it includes, on the host: below ``roots`` alone, but for ``own``.
    """
    if file.host is None:
        raise SourceError("C is compiled from the host's files only, not from one that a program has written")
    if not toolchain.is_installed():
        raise SourceError(toolchain.INSTALL)
    host = Path(file.host)
    seconds = toolchain.SECONDS if file.left is None else min(file.left, toolchain.SECONDS)
    try:
        return toolchain.build(host, roots=None if host == own else roots, seconds=seconds)
    except toolchain.CompileError as error:
        file.pulse()
        raise SourceError(f"it cannot be compiled\n{error}") from None
    except OSError as error:
        raise SourceError(f"it cannot be compiled: {error.strerror}") from None


def builders(roots: Sequence[Path], own: Path | None = None) -> Mapping[str, Builder]:
    """What makes images of sources, by the suffix of their names.

    Assembly includes what the guest can read. C is compiled from what lies below the host's folders ``roots``, wherever
    links lead; only the user's ``own`` program may include what the user can read, as with any compiler.
    """
    return {".s": assemble_source, ".c": partial(compile_source, roots, own)}
