# A child that goes on when its parent has ended.
# breaks: every-child-waited, no-orphan
_start: sys     fork
        beqz    a0, child
        sys     exit, 0
child:  li      s0, 20
1:      sys     sched_yield
        addi    s0, s0, -1
        bnez    s0, 1b
        sys     exit, 0
