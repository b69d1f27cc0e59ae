# SA_NOCLDWAIT: the children leave no zombies, and a wait ends when the last of them has ended.
# holds: forks-exactly = 2
_start: la      a1, action
        sys     rt_sigaction, 17, , 0, 8
        sys     fork
        beqz    a0, child
        sys     fork
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  sys     exit, 0
        .data
        .balign 4
action: .word   0, 2, 0, 0, 0
