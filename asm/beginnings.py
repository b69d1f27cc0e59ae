"""Files that are no sources, recognised by how they begin."""

from __future__ import annotations

_ELF_TYPES = {
    1: "an ELF object file: sources are assembled and linked at once, object files are linked by forklore cc",
    2: "an ELF executable: forklore run runs it, forklore disasm lists its code",
    3: "an ELF shared object",
}

_BEGINNINGS = {
    "!<arch>\n": "an archive of object files",
    "PK\x03\x04": "a zip archive",
    "\x1f\udc8b": "compressed by gzip",
    "\udc89PNG": "a picture",
    "%PDF-": "a PDF document: copy the program's text out of it",
    "{\\rtf": "a document in RTF: save it as plain text",
    "BC\udcc0\udcde": "LLVM bitcode",
    "MZ\udc90\0": "a Windows executable",
    "\udccf\udcfa\udced\udcfe": "a Mach-O file",
    "<!DOCTYPE": "a web page: save the plain text, not the page that shows it",
    "<html": "a web page: save the plain text, not the page that shows it",
}


def binary(text: str) -> str:
    """What a file is whose text is no source, by how it begins; nothing if it may be one."""
    if text.startswith("\x7fELF"):
        kind = ord(text[16]) if len(text) > 16 else 0
        return _ELF_TYPES.get(kind, "an ELF file")
    return next((what for beginning, what in _BEGINNINGS.items() if text.startswith(beginning)), "")
