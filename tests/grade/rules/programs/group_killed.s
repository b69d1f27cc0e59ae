# A group is killed: the child that its own child had cannot wait for it any more, and is not to blame.
_start: sys     fork
        beqz    a0, child
        mv      s0, a0
        li      s1, 20
1:      sys     sched_yield
        addi    s1, s1, -1
        bnez    s1, 1b
        neg     a0, s0
        sys     kill, , 9
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  sys     setpgid, 0, 0
        sys     fork
1:      sys     sched_yield
        j       1b
