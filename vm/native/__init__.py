"""Machine code of the host's: memory for it, how it gets there from object files, and how Python enters it."""
