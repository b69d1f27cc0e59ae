"""Forklore's assembler: GNU syntax in, a static ELF32 image out."""
