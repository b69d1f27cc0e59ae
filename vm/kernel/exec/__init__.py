"""exec: finding a file, building an address space from it, and what a program finds on its stack."""
