"""Every output that a program can have: its classes of runs, the automaton of their outputs, and reasons."""
