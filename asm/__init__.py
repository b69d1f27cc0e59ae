"""The assembler: RISC-V assembly, in GNU syntax or a simulator's, to ELF images, every error at its place."""

from .diagnostics import AssemblyError, Diagnostic
from .guessing import assemble_by_signs
from .image import Assembly, assemble, assemble_object
from .limits import Limits, SmallLimits
from .source import Source

__all__ = [
    "Assembly",
    "AssemblyError",
    "Diagnostic",
    "Limits",
    "SmallLimits",
    "Source",
    "assemble",
    "assemble_by_signs",
    "assemble_object",
]
