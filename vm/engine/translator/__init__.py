"""The second engine: hot regions of guest code become native code, with the interpreter's results to the last count."""
