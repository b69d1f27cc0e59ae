"""The checker of vfork: what a child did to its parent, and which rules that breaks."""
