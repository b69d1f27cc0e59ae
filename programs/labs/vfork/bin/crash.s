# Reads at address 0, and is killed with SIGSEGV.

        .text
        .globl  _start
_start:
        lw      a0, 0(zero)
        j       _start
