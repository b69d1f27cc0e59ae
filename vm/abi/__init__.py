"""The binary interface between guest programs and the machine: numbers and layouts, one table each.

Everything follows riscv32 Linux (``include/uapi/asm-generic`` and ``arch/riscv`` of its sources, and the manual
pages) except the three calls that riscv32 never had: fork, vfork and wait4.
"""

from vm.abi.calls import *  # noqa: F403
from vm.abi.errors import *  # noqa: F403
from vm.abi.files import *  # noqa: F403
from vm.abi.memory import *  # noqa: F403
from vm.abi.processes import *  # noqa: F403
from vm.abi.signals import *  # noqa: F403
from vm.abi.terminals import *  # noqa: F403
from vm.abi.times import *  # noqa: F403
