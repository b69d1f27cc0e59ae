# A run that is cut short: what was not done might still have been.
# holds: forks-exactly = 2
# broken: forks-at-most = 0
# holds: calls = ["wait"]
# holds: call-counts = { fork = 3 }
# holds: order = ["fork", "wait"]
# holds: exit-statuses = [0, 0]
# broken: exit-statuses = [1]
# holds: tree = [[], [[]]]
_start: la      a0, word
        sys     pipe2, , 0
        sys     fork
        beqz    a0, child
1:      sys     sched_yield
        j       1b
child:  sys     close, 3
        sys     close, 4
        sys     exit, 0
