# A child that is killed is waited for as any other; it has closed nothing, and could not.
# holds: exit-statuses = ["SIGKILL"]
# broken: exit-statuses = ["SIGTERM"]
_start: la      a0, word
        sys     pipe2, , 0
        sys     fork
        beqz    a0, child
        mv      s0, a0
        sys     kill, , 9
        sys     wait4, -1, 0, 0, 0
        sys     close, 3
        sys     close, 4
        sys     exit, 0
child:  sys     sched_yield
        j       child
