"""Many machines: work that is done on other cores and other computers, whoever dies of it."""
