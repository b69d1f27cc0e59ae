"""Physical frames, address spaces over them, and the strategies by which a child gets its memory."""

from vm.memory.frames import OutOfMemory, PhysicalMemory
from vm.memory.segments import Segment
from vm.memory.space import AddressSpace, BadAddress, Fault

__all__ = ["AddressSpace", "BadAddress", "Fault", "OutOfMemory", "PhysicalMemory", "Segment"]
