# Who ignores SIGCHLD leaves no zombies, and may not know whether its children have ended.
# breaks: every-child-waited
_start: la      a1, action
        sys     rt_sigaction, 17, , 0, 8
        sys     fork
        beqz    a0, child
        li      s0, 20
1:      sys     sched_yield
        addi    s0, s0, -1
        bnez    s0, 1b
        sys     exit, 0
child:  sys     exit, 0
        .data
        .balign 4
action: .word   1, 0, 0, 0, 0
