# A child of vfork that does more than exec and _exit.
# breaks: exec-after-vfork
# holds: exec-after-vfork = { allow = ["close"] }
# broken: exec-after-vfork = { allow = ["write"] }
_start: sys     vfork
        beqz    a0, child
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  sys     close, 77
        sys     exit, 0
