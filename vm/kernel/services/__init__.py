"""The services of RARS and Venus, grouped by subject; importing this package fills the table."""

from vm.kernel.services import console, files, others
from vm.kernel.services.table import BASES, DESCRIPTIONS, ROWS, explain_fault, find_row, requested

__all__ = ["BASES", "DESCRIPTIONS", "ROWS", "console", "explain_fault", "files", "find_row", "others", "requested"]
