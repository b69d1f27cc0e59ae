"""Consumers of the event stream: they look at the machine and never change it."""
