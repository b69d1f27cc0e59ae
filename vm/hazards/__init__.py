"""The checker: what a vfork child did to its parent, a fork with threads to its child, and which rules that breaks."""
