"""Addresses as users write them: numbers, names of a program's image, registers, and so many bytes beside them."""

from __future__ import annotations

import re

from vm.cpu.state import PC
from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.places import symbols_of
from vm.isa import REGISTERS, WORD_MASK
from vm.kernel.process.task import Process
from vm.text import brief

_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]{1,16}|[0-9][0-9_,]{0,20}", re.ASCII)
_SUM = re.compile(r"(.+?)(?:([+-])(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}))?", re.ASCII | re.DOTALL)
FORMS = "0x12000, 73728, a name, a name+8, or $sp"
"""How addresses may be written."""
MOST_PLACES = 4
"""Addresses of one name that a complaint tells."""


def address_of(question: Question, process: Process, word: str) -> int:
    """Return the address that ``word`` means in ``process``. Raises Complaint."""
    parts = _SUM.fullmatch(word)
    if parts is None:
        raise Complaint(f"{brief(word)} is no address: {FORMS}")
    base, sign, distance = parts.groups()
    address = _base(question, process, base)
    if distance is not None:
        address += int(distance, 0 if distance[:2].lower() == "0x" else 10) * (-1 if sign == "-" else 1)
    if not 0 <= address <= WORD_MASK:
        raise Complaint(f"{brief(word)} is no address: they go from 0 to {WORD_MASK:#x}")
    return address


def _base(question: Question, process: Process, word: str) -> int:
    if _NUMBER.fullmatch(word):
        is_hexadecimal = word[:2].lower() == "0x"
        try:
            return int(word.replace(",", ""), 16 if is_hexadecimal else 10)
        except ValueError:
            raise Complaint(f"{brief(word)} is no number") from None
    if word.startswith("$"):
        return _register(question, process, word[1:])
    found = sorted(symbols_of(question.kernel, process.path).addresses([word]))
    if not found:
        raise Complaint(f"{brief(word)} is no name in the image of process {process.pid}, and no number: {FORMS}")
    if len(found) > 1:
        places = ", ".join([f"{address:#010x}" for address in found[:MOST_PLACES]])
        raise Complaint(f"{brief(word)} is at {places}{', …' if found[MOST_PLACES:] else ''}: which?")
    return found[0]


def _register(question: Question, process: Process, name: str) -> int:
    thread = question.thread
    if thread is None or thread.process is not process:
        thread = process.leader
    index = PC if name == "pc" else REGISTERS.get(name)
    if index is None:
        raise Complaint(f"{brief(name)} is no register")
    return int(thread.context[index]) & WORD_MASK
