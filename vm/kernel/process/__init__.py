"""Processes: their slots in the process table, who runs next, how they begin, go on and end."""
