# A child is waited for by another thread than the one that has made it.
# holds: threads-at-most = 2
# broken: threads-at-most = 1
# holds: forks-exactly = 1
_start: sys     fork
        beqz    a0, child
        la      a1, stack
        sys     clone, 0x50f00, , 0, 0, 0
        beqz    a0, thread
1:      lw      t0, done
        beqz    t0, 2f
        sys     exit_group, 0
2:      sys     sched_yield
        j       1b
thread: sys     wait4, -1, 0, 0, 0
        la      t0, done
        li      t1, 1
        sw      t1, (t0)
        sys     exit, 0
child:  sys     exit, 0
        .data
        .balign 4
done:   .word   0
        .skip   256
stack:
