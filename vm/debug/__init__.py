"""The debugger: a machine that gdb looks at, stops, and takes back."""
