"""Signals: what waits for a process, how it gets there, and what it does."""
