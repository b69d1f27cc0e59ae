# A parent that asks again and again.
_start: sys     fork
        beqz    a0, child
1:      sys     sched_yield
        sys     wait4, -1, 0, 1, 0
        beqz    a0, 1b
        sys     exit, 0
child:  sys     exit, 0
