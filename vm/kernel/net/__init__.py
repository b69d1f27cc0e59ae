"""Sockets: conversations between the machine's own processes, of which nothing reaches the host."""
