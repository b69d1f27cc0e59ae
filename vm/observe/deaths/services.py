"""Numbers that a system call has elsewhere: programs for a simulator make calls that Linux does not have.

Sources: RARS's help page "Supported System Calls", and Venus's wiki page "Environmental Calls".
"""

from __future__ import annotations

from collections.abc import Mapping

from vm.abi import CALL_NAMES, CloneFlag, Errno

_RARS = """
1 print_int  2 print_float  3 print_double  4 print_string  5 read_int  6 read_float  7 read_double  8 read_string
9 sbrk  10 exit  11 print_char  12 read_char  17 getcwd  30 time  31 midi_out  32 sleep  33 midi_out_sync
34 print_int_hex  35 print_int_binary  36 print_int_unsigned  40 rand_seed  41 rand_int  42 rand_int_range
43 rand_float  44 rand_double  50 confirm_dialog  51 input_dialog_int  52 input_dialog_float  53 input_dialog_double
54 input_dialog_string  55 message_dialog  56 message_dialog_int  58 message_dialog_double  59 message_dialog_string
60 message_dialog_float  1024 open
"""
_VENUS = """
1 print_int  4 print_string  6 atoi  9 sbrk  10 exit  11 print_char  13 open_file  14 read_file  15 write_file
16 close_file  17 exit2  18 fflush  19 feof  20 ferror  34 print_hex
"""


def _read(table: str) -> Mapping[int, str]:
    words = table.split()
    return {int(number): name for number, name in zip(words[::2], words[1::2], strict=True)}


RARS: Mapping[int, str] = _read(_RARS)
"""RARS's services by their number in a7."""
VENUS: Mapping[int, str] = _read(_VENUS)
"""Venus's by their number in a0; a7 means nothing there."""


def refusal(number: int, arguments: tuple[int, ...]) -> str:
    """Why the machine does not make call ``number``, and whose it may be."""
    name = CALL_NAMES.get(number, "")
    if name == "clone":
        return clone_refusal(arguments[0])
    if name:
        text = f"call {number} is Linux's {name}, which this machine does not have"
    else:
        text = f"call {number} is not one of Linux's"
    if number in RARS:
        return f"{text}; RARS's {RARS[number]} has that number: --dialect rars"
    if number == 0 and arguments[0] in VENUS:
        return f"{text}; Venus has its number in a0, and {arguments[0]} is {VENUS[arguments[0]]}: --dialect venus"
    return text


def clone_refusal(flags: int) -> str:
    """Why clone with these flags is refused."""
    if flags & CloneFlag.CLONE_THREAD:
        return "clone with CLONE_THREAD is refused: this machine has processes, but no threads"
    return f"clone with flags {flags:#x} is refused: this machine does not have all of them"


def error_text(error: int) -> str:
    """``ENOENT`` for 2; the number where no name is known."""
    try:
        return Errno(error).name
    except ValueError:
        return f"error {error}"
