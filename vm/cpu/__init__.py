"""The processor: jitted functions over arrays and scalars that return a stop record and never call Python back."""
