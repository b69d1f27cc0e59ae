"""Sources that a machine executes as if they were images: assembly, and C where there is a compiler.

The assembler and what drives the compiler are imported for a source of theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vm.kernel.exec.loader import Builder, SourceError, SourceFile
from vm.reading import include_reader, source_text
from vm.services import AUTO
from vm.values import dataclass


def assemble_source(file: SourceFile, dialect: str = AUTO, own: Path | None = None) -> bytes:
    """Turn an assembly source, written in ``dialect``, into an image. SourceError.

    It includes what the guest can read, and ``own``, where the host has the user's own program, what the user can.
    """
    from asm import AssemblyError, Limits, SmallLimits, Source, assemble_by_signs

    def read_text(name: str) -> str:
        try:
            return source_text(file.read(name))
        except OSError:
            if own is None:
                raise
        return include_reader()(str(own.parent / name))

    name, host = file.path.lstrip("/"), file.host or ""
    directory = host.removesuffix(name).rstrip("/") if host.endswith(f"/{name}") else ""
    limits = (SmallLimits if file.host is None else Limits)(file.pulse)
    try:
        source = Source(name, source_text(file.text))
        assembly = assemble_by_signs([source], dialect, read_include=read_text, directory=directory, limits=limits)
        if assembly.guess or assembly.warnings:
            file.warn("\n".join(filter(None, [assembly.guess, *map(str, assembly.warnings)])))
    except AssemblyError as error:
        raise SourceError(f"it cannot be assembled\n{error}") from None
    if assembly.obstacle is not None:
        raise SourceError(f"it cannot be run\n{assembly.obstacle}")
    return assembly.image


@dataclass(frozen=True, slots=True)
class Compiler:
    """What C, and assembly for the preprocessor, is compiled with: ``flags`` of the compiler's, and what it may read.

    It reads the file, and those that are included, on the host: below ``roots`` alone, wherever links lead, but for
    the user's ``own`` program, which may include what the user can read, as with any compiler. ``program``, a path of
    the guest's, is in ``dialect``; others are as they look.
    """

    roots: Sequence[Path]
    own: Path | None = None
    flags: Sequence[str] = ()
    dialect: str = AUTO
    program: str = ""

    def assemble(self, file: SourceFile) -> bytes:
        """Assemble a source. SourceError."""
        is_own = self.own is not None and file.host is not None and Path(file.host) == self.own
        dialect = self.dialect if file.path == self.program else AUTO
        return assemble_source(file, dialect, self.own if is_own else None)

    def compile(self, file: SourceFile) -> bytes:
        """Compile a C source into an image. SourceError."""
        from vm import toolchain

        return self._made(toolchain.build, "C", file)

    def preprocess(self, file: SourceFile) -> bytes:
        """Assemble what the preprocessor makes of a source. SourceError."""
        from vm import toolchain
        from vm.preprocessed import take_apart

        text = self._made(toolchain.preprocess, "a source for the preprocessor", file)
        assert file.host is not None
        source = take_apart(source_text(text), os.path.dirname(file.host))

        def read(name: str) -> bytes:
            included = source.included.get(name)
            return file.read(name) if included is None else included.encode("utf-8", "surrogateescape")

        return self.assemble(replace(file, text=source.text.encode("utf-8", "surrogateescape"), read=read))

    def _made(self, make: Callable[..., bytes], what: str, file: SourceFile) -> bytes:
        """What the compiler makes of a source of the host's, and no other: a guest's could include the host's files."""
        from vm import toolchain

        if file.host is None:
            raise SourceError(
                f"{what} is compiled from the host's files only, not from one given as bytes or written by a program"
            )
        if not toolchain.is_installed():
            raise SourceError(toolchain.INSTALL)
        host = Path(file.host)
        seconds = toolchain.SECONDS if file.left is None else min(file.left, toolchain.SECONDS)
        roots = None if host == self.own else self.roots
        try:
            return make(host, self.flags, roots, seconds, file.warn)
        except toolchain.CompileError as error:
            file.pulse()
            raise SourceError(f"it cannot be compiled\n{error}") from None
        except OSError as error:
            raise SourceError(f"it cannot be compiled: {error.strerror}") from None


def builders(compiler: Compiler) -> Mapping[str, Builder]:
    """What makes images of sources, by the suffix of their names."""
    return {
        ".s": compiler.assemble, ".S": compiler.preprocess, ".asm": compiler.assemble, ".c": compiler.compile,
    }  # fmt: skip
