# What has O_CLOEXEC is closed by exec.
_start: la      a0, word
        sys     pipe2, , 0x80000
        sys     fork
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
path:   .asciz  "/true.s"
        .balign 4
vector: .word   path, 0
