"""Forklore's machine: RV32IMA over paged memory, with fork, vfork and exec as real system calls."""
