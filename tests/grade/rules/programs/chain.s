# Each process makes the next: a tree of four generations, collected from below.
# holds: tree = [[[0]]]
# holds: tree = { depth = 3, width = 1 }
# holds: forks-at-most = 3
# broken: forks-exactly = 4
# broken: tree = [0, 0, 0]
# broken: forks-at-most = 2
# holds: call-counts = { fork = 1, by = "parent" }
# holds: call-counts = { fork = 2, by = "descendants" }
# broken: call-counts = { fork = { max = 2 } }
_start: li      s0, 3
1:      beqz    s0, end
        sys     fork
        bnez    a0, wait
        addi    s0, s0, -1
        j       1b
wait:   sys     wait4, -1, 0, 0, 0
end:    sys     exit, 0
