# A library's posix_spawn is a vfork whose child has a stack of its own, and may set up what the program needs.
# holds: calls = ["posix_spawn", "exec"]
# holds: no-calls = ["vfork", "fork", "clone"]
_start: la      a1, stack
        sys     clone, 0x4111, , 0, 0, 0
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  sys     getpid
        la      a0, path
        la      a1, vector
        sys     execve, , , 0
        sys     exit, 127
        .data
path:   .asciz  "/true.s"
        .balign 4
vector: .word   path, 0
        .skip   256
stack:
