# vfork done right.
# holds: order = ["vfork", "execve"]
# holds: bytes-copied-at-most = 0
# holds: no-calls = ["fork", "posix_spawn"]
# holds: processes-at-most = 2
_start: sys     vfork
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        say     text
        sys     exit, 0
child:  la      a0, path
        la      a1, vector
        sys     execve, , , 0
        sys     exit, 127
        .data
path:   .asciz  "/true.s"
        .balign 4
vector: .word   path, 0
