"""Assembling sources of which nobody has said in what dialect they are.

What knows the signs of other dialects than GNU's is imported for a source that GNU's rules do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vm.services import AUTO, GNU

from .diagnostics import AssemblyError
from .image import Assembly, assemble
from .limits import Limits
from .source import Source


def assemble_by_signs(
    sources: Sequence[Source],
    dialect: str = AUTO,
    *,
    read_include: Callable[[str], str] | None = None,
    directory: str = "",
    limits: Limits | None = None,
) -> Assembly:
    """Assemble sources, as :func:`asm.assemble` does; with AUTO as ``dialect`` find out whose they are.

    What can be read as GNU's is GNU's. Other sources are in the dialect of which they bear an unmistakable sign, and
    GNU's without one. The result's ``guess``, or the error's, says what was taken for what. Errors of a source that is
    a simulator's by a weak sign are told by GNU's rules.
    """
    limits = limits or Limits()
    try:
        return assemble(
            sources,
            read_include=read_include,
            directory=directory,
            limits=limits,
            dialect=GNU if dialect == AUTO else dialect,
        )
    except AssemblyError as error:
        by_gnu = error
        from .dialects import guess

        found = guess(sources) if dialect == AUTO else None
        if found is None:
            raise
    try:
        assembly = assemble(
            sources, read_include=read_include, directory=directory, limits=limits.renewed(), dialect=found.dialect
        )
    except AssemblyError as error:
        if not found.is_sure:
            raise by_gnu from None
        raise AssemblyError(error.diagnostics, str(found)) from None
    return replace(assembly, guess=str(found))
