"""``monitor`` commands: what a debugger's user asks of the machine for which gdb has no word."""

from vm.debug.monitor.asking import History, Rerun, View
from vm.debug.monitor.commands import answer

__all__ = ["History", "Rerun", "View", "answer"]
