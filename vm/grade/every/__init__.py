"""A test under every schedule that there is, and under some that a seed draws."""
