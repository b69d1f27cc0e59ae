# A child that reads at address 0.
# breaks: no-crash
# holds: exit-statuses = ["SIGSEGV"]
_start: sys     fork
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  lw      t0, (zero)
        sys     exit, 0
