# A child that makes a child and ends, as daemons are started: nobody of the family collects the last one.
# breaks: every-child-waited, no-orphan
# holds: tree = [1]
# holds: tree = { depth = 2, width = 1, processes = 3 }
# holds: calls = { calls = ["fork"], by = "children" }
# broken: no-calls = { calls = ["fork"], by = "children" }
# broken: calls = { calls = ["sched_yield"], by = "parent" }
_start: sys     fork
        beqz    a0, child
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
