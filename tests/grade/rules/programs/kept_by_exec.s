# The ends of a pipe go on to the program that is executed, which does not know of them.
# breaks: no-descriptor-left-open, no-pipe-left-open
# holds: no-pipe-left-open = { by = "parent" }
# holds: no-pipe-left-open = { inherited = false }
# holds: order = ["pipe", "fork", "exec"]
# holds: order = { calls = ["fork", "execve"], by = "children" }
# broken: order = { calls = ["fork", "execve"], by = "parent" }
# holds: calls = { calls = ["exec"], running = "/guest.s" }
# broken: calls = { calls = ["fork"], running = "/true.s" }
_start: la      a0, word
        sys     pipe2, , 0
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
