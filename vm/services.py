"""The services of the simulators RARS and Venus: their numbers, and where their programs lie in memory.

A *dialect* is how a source is written and what its ``ecall`` asks for. Linux's calls are GNU's dialect; the others
have services instead: small calls for people who learn, which print a number or read a line. Sources: RARS's help
("Environment Calls", ``Syscall.properties``), the wikis of Venus and Jupiter, CREATOR's list of system calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vm.values import dataclass

AUTO, GNU, RARS, VENUS = "auto", "gnu", "rars", "venus"
DialectName = Literal["auto", "gnu", "rars", "venus"]
"""A dialect, or that it is to be found out."""

DIALECTS: Mapping[str, str] = {
    GNU: "GNU's assembler and Linux's system calls",
    RARS: "RARS's, and CREATOR's and Ripes's",
    VENUS: "Venus's, and Jupiter's",
}
"""Every dialect, and whose it is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a dialect's programs find things: addresses of code and data, of the heap that sbrk gives out, and of the
    end of the memory that is theirs from the start; the first values of gp and, if nothing is in its place, of sp.
    """

    text: int
    data: int
    heap: int
    end: int
    gp: int
    sp: int


LAYOUTS: Mapping[str, Layout] = {
    RARS: Layout(0x0040_0000, 0x1001_0000, 0x1004_0000, 0x1040_0000, 0x1000_8000, 0x7FFF_EFFC),
    VENUS: Layout(0x0001_0000, 0x1000_0000, 0x1000_8000, 0x1040_0000, 0x1000_0000, 0x7FFF_FFF0),
}
"""RARS: its default configuration. Venus: the same but for code, which begins at 0 there, where this machine has no
memory."""

RARS_GLOBALS = 0x1000_0000
"""Where RARS's own memory for ``.extern`` begins: up to the data it is there for programs that use gp."""

DEVICES = 0xF000_0000
"""From here on simulators have keyboards, displays and lamps in memory."""

ENDING, RETURNED = 0x7F0_0000, 0x7F0_1000
"""Numbers in a7 of what stands behind a program's last instruction: it has come to the end of its code, or returned
from its first function."""

RARS_SERVICES: Mapping[int, str] = {
    1: "print_int", 2: "print_float", 3: "print_double", 4: "print_string", 5: "read_int", 6: "read_float",
    7: "read_double", 8: "read_string", 9: "sbrk", 10: "exit", 11: "print_char", 12: "read_char", 17: "getcwd",
    30: "time", 31: "midi_out", 32: "sleep", 33: "midi_out_sync", 34: "print_hex", 35: "print_binary",
    36: "print_unsigned", 40: "rand_seed", 41: "rand_int", 42: "rand_int_range", 43: "rand_float", 44: "rand_double",
    50: "confirm_dialog", 51: "input_dialog_int", 52: "input_dialog_float", 53: "input_dialog_double",
    54: "input_dialog_string", 55: "message_dialog", 56: "message_dialog_int", 57: "close", 58: "message_dialog_double",
    59: "message_dialog_string", 60: "message_dialog_float", 62: "lseek", 63: "read", 64: "write", 93: "exit2",
    1024: "open", ENDING: "end_of_code", RETURNED: "return_from_main",
}  # fmt: skip
"""RARS's services by the number in a7."""

VENUS_SERVICES: Mapping[int, str] = {
    1: "print_int", 2: "print_float", 3: "print_double", 4: "print_string", 5: "atoi", 6: "read_float",
    7: "read_double", 8: "read_string", 9: "sbrk", 10: "exit", 11: "print_char", 12: "read_char", 13: "fopen",
    14: "fread", 15: "fwrite", 16: "fclose", 17: "exit2", 18: "fflush", 19: "feof", 20: "ferror", 34: "print_hex",
    0x3CC: "allocate", ENDING: "end_of_code", RETURNED: "return_from_main",
}  # fmt: skip
"""Venus's services by the number in a0, and those of Jupiter that it has not."""

SERVICES: Mapping[str, Mapping[int, str]] = {RARS: RARS_SERVICES, VENUS: VENUS_SERVICES}
"""The services of each dialect that has some, by number."""
