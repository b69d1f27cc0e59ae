# A child that is waited for.
# holds: order = ["fork", "wait"]
# holds: tree = [0]
# holds: exit-statuses = [3]
# holds: forks-exactly = 1
# holds: call-counts = { fork = 1, waitpid = 1 }
# holds: only-calls = { calls = ["fork", "wait", "write"], strict = true }
# broken: no-calls = ["waitid"]
# broken: order = ["wait", "fork"]
# broken: exit-statuses = [0]
# broken: exit-statuses = [3, 3]
# broken: processes-at-most = 1
# broken: tree = [[], []]
_start: sys fork
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        say     text
        sys     exit, 0
child:  sys     exit, 3
