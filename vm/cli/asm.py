"""``forklore asm``: assemble sources into an image."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import click

from asm import Assembly, AssemblyError, Source, assemble_by_signs, assemble_object
from vm.cli import completion, fail
from vm.cli.compiler import preprocessed
from vm.cli.completion import files
from vm.cli.diagnostics import displayed, print_diagnostics, print_said
from vm.cli.images import refuse_unread
from vm.preprocessed import with_included
from vm.reading import SOURCE_LIMIT, include_reader, read_bounded, read_stream, source_text
from vm.services import AUTO, GNU, DialectName
from vm.writing import write_whole


def _read_sources(
    names: Iterable[str], folders: Sequence[Path], roots: Sequence[Path] | None
) -> tuple[list[Source], dict[str, str]]:
    """The sources of these names, ``-`` being standard input, and what the preprocessor has included in those in .S;
    ends the command if one cannot be read.
    """
    sources = []
    included: dict[str, str] = {}
    for name in names:
        try:
            if name == "-":
                data = read_stream(sys.stdin.buffer, SOURCE_LIMIT)
            else:
                data = read_bounded(name, SOURCE_LIMIT, regular=roots is not None, roots=roots)
            text = source_text(data)
            if name.endswith(".S"):
                made = preprocessed(name, folders, roots)
                text = made.text
                included |= made.included
            sources.append(Source("<stdin>" if name == "-" else name, text))
        except OSError as error:
            refuse_unread("<stdin>" if name == "-" else name, error)
    return sources, included


def _assemble(sources: list[Source], dialect: str, read_include: Callable[[str], str]) -> Assembly:
    """Assemble, with warnings shown; shows the errors and ends the command with status 1 if there are any."""
    try:
        assembly = assemble_by_signs(sources, dialect, read_include=read_include, directory=os.getcwd())
    except AssemblyError as error:
        if error.guess:
            print_said(error.guess)
        print_diagnostics(error.diagnostics)
        raise click.exceptions.Exit(1) from None
    if assembly.guess:
        print_said(assembly.guess)
    warnings = list(assembly.warnings)
    if assembly.obstacle is not None and not assembly.obstacle.line:  # of a line in the wrong section it has warned
        warnings.append(replace(assembly.obstacle, severity="warning"))
    print_diagnostics(warnings)
    return assembly


def _write_objects(
    sources: list[Source], output: str | None, listing: bool, read_include: Callable[[str], str]
) -> None:
    """Write an object file for each source; ends the command with status 1 after the sources if one has errors."""
    if output is not None and len(sources) > 1:
        raise click.UsageError("-o names one object file, and there are several sources")
    if listing:
        raise click.UsageError("--listing shows addresses, which -c leaves to a linker")
    failed = False
    for source in sources:
        try:
            data, warnings = assemble_object(source, read_include=read_include)
        except AssemblyError as error:
            print_diagnostics(error.diagnostics)
            failed = True
            continue
        print_diagnostics(warnings)
        _write(Path(output or Path(source.name).with_suffix(".o").name), data, executable=False)
    if failed:
        raise click.exceptions.Exit(1)


def _write(path: Path, data: bytes, executable: bool = True) -> None:
    """Write a file, whole or not at all; ends the command if that is not possible."""
    try:
        write_whole(path, data, executable)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror or error}")


@click.command("asm")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCES...", shell_complete=files)
@click.option(
    "-o", "--output", metavar="FILE", help="The image to write; a.out if not given.", shell_complete=files
)  # fmt: skip
@click.option("-c", "only", is_flag=True, help="Do not link: make NAME.o of NAME.s.")
@click.option(
    "--dialect", type=click.Choice(get_args(DialectName)), default=AUTO, show_default=True,
    help="How the sources are written. auto: as GNU has it, but for what is a simulator's beyond doubt.",
)  # fmt: skip
@click.option(
    "-I", "--include", "folders", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
    shell_complete=completion.folders,
    help="Look for included files in this folder too.",
)  # fmt: skip
@click.option(
    "--include-root", "roots", multiple=True, metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Read no file outside this folder, wherever links lead.",
)  # fmt: skip
@click.option("--listing", is_flag=True, help="Print address, bytes and source side by side.")
def command(
    sources: tuple[str, ...],
    output: str | None,
    only: bool,
    dialect: str,
    folders: tuple[Path, ...],
    roots: tuple[Path, ...],
    listing: bool,
) -> None:
    """Assemble SOURCES and link them into one image.

    A source named - is read from standard input, and one in .S goes through the C preprocessor first. All errors are
    reported, and no image is written if there are any.
    With --include-root, which may be given more than once, SOURCES and what they include lie below these folders: what
    others wrote can then show no other file of this computer.
    """
    below = roots or None
    texts, included = _read_sources(sources, folders, below)
    read_include = with_included(included, include_reader(folders, below))
    if only:
        if dialect not in (AUTO, GNU):
            raise click.UsageError(f"-c is for sources in GNU's syntax; those for {dialect} are linked at once")
        _write_objects(texts, output, listing, read_include)
        return
    assembly = _assemble(texts, dialect, read_include)
    _write(Path(output or "a.out"), assembly.image)
    if listing:
        click.echo(displayed(assembly.listing()))
