"""Processes, scheduling, files, signals and the system calls."""
