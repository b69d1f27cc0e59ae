"""Dialects of simulators beside GNU's: how RARS and Venus write a source, and where its parts go."""

from .program import ENTRIES, read_all, surroundings
from .signs import Guess, guess

__all__ = ["ENTRIES", "Guess", "guess", "read_all", "surroundings"]
