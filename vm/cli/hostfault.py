"""A fault of the host's process itself: compiled code missed physical memory and met what guards it.

Nothing has been read or written outside by then, but the instruction cannot be gone on with. The host would end the
process with a signal, which looks like a guest's; it is told as what it is, an internal error.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from vm.statuses import STATUS_OWN_ERROR

MESSAGE = "forklore: internal error: an access outside of the machine's memory was stopped\n"

_installed: list[Any] = []  # what C code may call has to stay, until there is another


def tell_host_faults(before_exit: Callable[[], None] = lambda: None) -> None:
    """Let this process say so and end with status 125 where it would die of SIGSEGV or SIGBUS.

    The handler is called by the host in the midst of the faulting instruction: Python's own would wait for its end.
    ``before_exit`` is called first.
    """

    import ctypes  # numpy has it, help does not need it

    def end(_number: int) -> None:
        try:
            before_exit()
        finally:
            os.write(2, MESSAGE.encode())
            os._exit(STATUS_OWN_ERROR)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(end)
    install = ctypes.CDLL(None).signal
    install.argtypes, install.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_void_p
    for number in (signal.SIGSEGV, signal.SIGBUS):
        install(number, ctypes.cast(handler, ctypes.c_void_p))
    _installed[:] = [handler]
