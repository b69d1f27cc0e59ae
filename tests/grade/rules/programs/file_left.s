# A file that nobody closes.
# breaks: no-descriptor-left-open
# holds: no-pipe-left-open = true
# holds: calls = ["open"]
_start: la      a1, path
        sys     openat, -100, , 0, 0
        sys     exit, 0
        .data
path:   .asciz  "/guest.s"
