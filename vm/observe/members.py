"""Which part of a variable a byte is, by the types that DWARF gives it.

Source: *DWARF Debugging Information Format, Version 4*, chapter 5.
"""

from __future__ import annotations

from typing import Any

from elftools.dwarf.descriptions import describe_form_class

_DEEPEST = 16
_MOST_MEMBERS = 4096
_QUALIFIERS = frozenset(
    ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_restrict_type", "DW_TAG_atomic_type")
)
_RECORDS = frozenset(("DW_TAG_structure_type", "DW_TAG_class_type", "DW_TAG_union_type"))


def part_at(variable: Any, offset: int) -> tuple[str, bool]:
    """How a program writes the part of a variable that holds byte ``offset``: ``.err``, ``[2].x``, with ``+1`` for a
    byte inside of text; and whether that part is volatile. The variable is a DWARF entry. May raise anything.
    """
    name, is_volatile = "", False
    die = _type_of(variable)
    for _ in range(_DEEPEST):
        while die is not None and die.tag in _QUALIFIERS:
            is_volatile |= die.tag == "DW_TAG_volatile_type"
            die = _type_of(die)
        if die is None:
            break
        if die.tag in _RECORDS:
            member, start = _member(die, offset)
            if member is None:
                break
            if "DW_AT_name" in member.attributes:
                name += "." + member.attributes["DW_AT_name"].value.decode(errors="replace")
            die, offset = _type_of(member), offset - start
        elif die.tag == "DW_TAG_array_type":
            die = _type_of(die)
            size = _size(die)
            if size <= 1:
                break
            name += f"[{offset // size}]"
            offset %= size
        else:
            return name, is_volatile
    return name + (f"+{offset}" if offset else ""), is_volatile


def _type_of(die: Any) -> Any:
    for name in ("DW_AT_type", "DW_AT_abstract_origin", "DW_AT_specification"):
        if name in die.attributes:
            found = die.get_DIE_from_attribute(name)
            return found if name == "DW_AT_type" else _type_of_origin(found)
    return None


def _type_of_origin(die: Any) -> Any:
    return die.get_DIE_from_attribute("DW_AT_type") if "DW_AT_type" in die.attributes else None


def _member(record: Any, offset: int) -> tuple[Any, int]:
    """The last member that begins at ``offset`` or before, and where."""
    found, start = None, 0
    place = record.offset + record.size
    for _ in range(_MOST_MEMBERS if record.has_children else 0):
        child = record.cu.get_DIE_from_refaddr(place)
        if child.is_null():
            break
        if child.tag == "DW_TAG_member":
            where = child.attributes.get("DW_AT_data_member_location")
            begin = where.value if where is not None and describe_form_class(where.form) == "constant" else 0
            if start <= begin <= offset and (found is None or begin > start):
                found, start = child, begin
        if child.has_children:
            break  # its children lie between it and the next member: nested types come behind in C
        place += child.size
    return found, start


def _size(die: Any) -> int:
    """Bytes of a type, as far as it says."""
    count = 1
    for _ in range(_DEEPEST):
        if die is None:
            return 0
        if "DW_AT_byte_size" in die.attributes:
            return count * int(die.attributes["DW_AT_byte_size"].value)
        if die.tag == "DW_TAG_pointer_type":
            return count * 4
        if die.tag == "DW_TAG_array_type":
            return 0
        die = _type_of(die)
    return 0
