# A library's vfork is a clone with these flags.
# holds: order = ["vfork", "execve"]
# holds: no-calls = ["clone", "fork", "posix_spawn"]
_start: sys     clone, 0x4111, 0, 0, 0, 0
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  la      a0, path
        la      a1, vector
        sys     execve, , , 0
        sys     exit, 127
        .data
path:   .asciz  "/true.s"
        .balign 4
vector: .word   path, 0
