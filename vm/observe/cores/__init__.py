"""Cores: what a process was when a signal ended it, in files that gdb opens (core(5))."""
