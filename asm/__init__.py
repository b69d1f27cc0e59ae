"""The assembler: RISC-V assembly in GNU syntax to ELF images, with every error at its line and column."""

from .diagnostics import AssemblyError, Diagnostic
from .image import Assembly, assemble
from .limits import Limits, SmallLimits
from .source import Source

__all__ = ["Assembly", "AssemblyError", "Diagnostic", "Limits", "SmallLimits", "Source", "assemble"]
