"""Files: what is open, what it refers to, and the tree of names."""
