"""The trace of a run in the manner of strace(1).

:mod:`~vm.observe.strace.kinds` is the table of what an argument is and how it is shown; the rows of the system calls
name the kinds.
"""

from vm.observe.strace.selection import Selection, WrongExpression
from vm.observe.strace.tracer import SHOWN, Form, Tracer

__all__ = ["SHOWN", "Form", "Selection", "Tracer", "WrongExpression"]
