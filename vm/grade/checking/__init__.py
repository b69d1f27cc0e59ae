"""Whether a lab's tests are fair, and can fail: proved against its reference solution, and against mutants of it."""
