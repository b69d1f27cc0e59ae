# The handler of SIGCHLD waits.
# holds: calls = ["sigsuspend", "sigaction"]
_start: la      a1, action
        sys     rt_sigaction, 17, , 0, 8
        la      a1, blocked
        sys     rt_sigprocmask, 0, , 0, 8
        sys     fork
        beqz    a0, child
        la      a0, none
        sys     rt_sigsuspend, , 8
        say     text
        sys     exit, 0
child:  sys     exit, 0
handle: sys     wait4, -1, 0, 0, 0
        ret
        .data
        .balign 4
action: .word   handle, 0, 0, 0, 0
blocked: .word  0x10000, 0
none:   .word   0, 0
