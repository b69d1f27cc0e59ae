"""The C compiler behind ``run``, ``check``, ``compare`` and ``asm``: its flags, and what it says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm.cli import fail

if TYPE_CHECKING:
    from vm.events import Warned
    from vm.preprocessed import Preprocessed
    from vm.records import Result
    from vm.run import Run


class CompilerFlags(click.ParamType[tuple[str, ...]]):
    """Flags of the C compiler in one word, quoted as for a shell: ``-DN=3 -I include``."""

    name = "FLAGS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Each of them; names of folders are meant from where we are."""
        if isinstance(value, tuple):
            return value
        import shlex

        from vm.linking import flags_from

        try:
            return tuple(flags_from(shlex.split(value), Path.cwd()))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def preprocessed(name: str, folders: Sequence[Path], roots: Sequence[Path] | None) -> Preprocessed:
    """What the preprocessor makes of the source ``name``; after a message ends the command without one, or with 1 for
    errors. It looks for files in ``folders`` too, and reads none outside ``roots``.
    """
    from vm import toolchain
    from vm.cli.diagnostics import print_said
    from vm.preprocessed import take_apart
    from vm.reading import source_text

    if not toolchain.is_installed():
        fail(f"{name}: {toolchain.INSTALL}")
    flags = [f"-I{folder.absolute()}" for folder in folders]
    try:
        output = toolchain.preprocess(Path(name), flags, roots, warn=print_said)
    except toolchain.CompileError as error:
        print_said(str(error))
        raise click.exceptions.Exit(1) from None
    return take_apart(source_text(output), os.path.dirname(os.path.abspath(name)))


class Warnings:
    """Shows what is said of sources that are run, each time it is said of another one."""

    def __init__(self) -> None:
        self._shown: set[tuple[str, str]] = set()

    def observe(self, run: Run) -> None:
        """Show what was said of the program, and from now on of what it executes."""
        from vm.events import Warned

        for event in run.warnings:
            self._show(event)
        run.kernel.events.subscribe(Warned, self._show)

    def tell(self, result: Result) -> None:
        """Say nothing more: the run is over, and all was shown when it happened."""

    def _show(self, event: Warned) -> None:
        if (event.path, event.text) not in self._shown:
            from vm.cli.diagnostics import print_said

            self._shown.add((event.path, event.text))
            print_said(event.text)
