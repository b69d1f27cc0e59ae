# A child of vfork may do nothing but exec and _exit: what it has from its parent it cannot close.
# holds: calls = ["vfork"]
# broken: calls = ["exec"]
# broken: no-calls = ["exec"]
# broken: order = ["vfork", "exec"]
# holds: exit-statuses = [127]
_start: la      a0, word
        sys     pipe2, , 0
        sys     vfork
        beqz    a0, child
        sys     close, 3
        sys     close, 4
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  la      a0, path
        la      a1, vector
        sys     execve, , , 0
        sys     exit, 127
        .data
path:   .asciz  "/nothing"
        .balign 4
vector: .word   path, 0
