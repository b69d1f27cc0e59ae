"""Sources that a machine executes as if they were images: assembly, and C where there is a compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from vm import toolchain
from vm.kernel.loader import Builder, SourceError


def assemble_source(path: str, text: bytes, read: Callable[[str], bytes], host: str | None) -> bytes:
    """Turn the assembly source of a guest path into an image; ``read`` gives the files it includes. SourceError."""
    from asm import AssemblyError, Source, assemble

    def read_text(name: str) -> str:
        return read(name).decode()

    name = path.lstrip("/")
    directory = host.removesuffix(name).rstrip("/") if host is not None and host.endswith(f"/{name}") else ""
    try:
        return assemble([Source(name, text.decode())], read_include=read_text, directory=directory).image
    except AssemblyError as error:
        raise SourceError(str(error)) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"not a text in UTF-8: {error.reason} at byte {error.start}") from None


def compile_source(
    roots: Sequence[Path], own: Path | None, path: str, text: bytes, read: Callable[[str], bytes], host: str | None
) -> bytes:
    """Compile the C source ``host``, and no other: a guest that wrote one could include the host's files. SourceError.

    The compiler reads the file, and those it includes, on the host: below ``roots`` alone, but for ``own``.
    """
    if host is None:
        raise SourceError("C is compiled from the host's files only, not from one that a program has written")
    if not toolchain.is_installed():
        raise SourceError(toolchain.INSTALL)
    try:
        return toolchain.build(Path(host), roots=None if Path(host) == own else roots)
    except toolchain.CompileError as error:
        raise SourceError(f"it cannot be compiled\n{error}") from None
    except OSError as error:
        raise SourceError(f"it cannot be compiled: {error.strerror}") from None


def builders(roots: Sequence[Path], own: Path | None = None) -> Mapping[str, Builder]:
    """What makes images of sources, by the suffix of their names.

    Assembly includes what the guest can read. C is compiled from what lies below the host's folders ``roots``, wherever
    links lead; only the user's ``own`` program may include what the user can read, as with any compiler.
    """
    return {".s": assemble_source, ".c": partial(compile_source, roots, own)}
