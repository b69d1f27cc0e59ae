"""What a program that calls a simulator's services finds in its registers."""

from __future__ import annotations

from vm.cpu.state import Context
from vm.elf import DialectNote
from vm.isa import A0, GP, RA, SP
from vm.services import LAYOUTS, VENUS


def begin(context: Context, dialect: str, note: DialectNote | None, count: int) -> None:
    """Set the registers of a new program with ``count`` arguments as its simulator does.

    ``context`` is as the program would begin under Linux, with argc and the arguments where sp points; these stay in
    memory above the new sp, and a0 and a1 tell of them: Venus's with the program's name first, RARS's without, and 0
    for none. ra is where the first function returns to, if the image says so.
    """
    layout = LAYOUTS[dialect]
    pointer = int(context[SP])
    context[RA] = note.ending if note is not None else 0
    context[SP] = min(pointer, layout.sp)
    context[GP] = layout.gp
    if dialect == VENUS:
        context[A0], context[A0 + 1] = count, pointer + 4
    elif count > 1:
        context[A0], context[A0 + 1] = count - 1, pointer + 8
