# An ancestor that asked for orphans (PR_SET_CHILD_SUBREAPER) waits for the child of its child.
# breaks: no-orphan
_start: sys     prctl, 36, 1, 0, 0, 0
        sys     fork
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  sys     fork
        beqz    a0, second
        sys     exit, 0
second: li      s0, 20
1:      sys     sched_yield
        addi    s0, s0, -1
        bnez    s0, 1b
        sys     exit, 0
