# RARS's services that read, and those for files, with what RARS itself prints for it in reading.out. Its input:
# " -12 ", "yes", "", "abcdefgh", "xyz".
        .macro  ask (%service, %a, %b, %c)
        li      a0, %a
        la      a1, %b
        li      a2, %c
        li      a7, %service
        ecall
        .end_macro
        .macro  show
        li      a7, 1
        ecall
        li      a0, 10
        li      a7, 11
        ecall
        .end_macro
        .macro  text (%address)
        la      a0, %address
        li      a7, 4
        ecall
        .end_macro
        .data
name:   .string "rars_services.txt"
none:   .string "no such folder/x"
words:  .string "one two three\n"
buffer: .space  32
        .text
        li      a7, 5           # read_int
        ecall
        show
        li      a7, 12          # read_char
        ecall
        show
        la      a0, buffer      # read_string: an empty line, one that fits not, one that fits
        li      a1, 8
        li      a7, 8
        ecall
        text    (buffer)
        la      a0, buffer
        li      a1, 6
        ecall
        text    (buffer)
        li      a7, 8
        la      a0, buffer
        li      a1, 6
        ecall
        text    (buffer)
        la      a0, none        # a file that is not there
        li      a1, 0
        li      a7, 1024
        ecall
        show
        la      a0, name
        li      a1, 7           # no such flags
        li      a7, 1024
        ecall
        show
        la      a0, name
        li      a1, 1
        li      a7, 1024
        ecall
        mv      s0, a0
        mv      a0, s0
        la      a1, words
        li      a2, 14
        li      a7, 64
        ecall
        show
        mv      a0, s0
        li      a7, 57
        ecall
        la      a0, name
        li      a1, 9
        li      a7, 1024
        ecall
        mv      s0, a0
        la      a1, words
        li      a2, 4
        li      a7, 64
        ecall
        mv      a0, s0
        li      a7, 57
        ecall
        la      a0, name
        li      a1, 0
        li      a7, 1024
        ecall
        mv      s0, a0
        la      a1, buffer
        li      a2, 4
        li      a7, 63
        ecall
        show
        mv      a0, s0
        li      a1, 4
        li      a2, 1
        li      a7, 62
        ecall
        show
        mv      a0, s0
        la      a1, buffer
        li      a2, 30
        li      a7, 63
        ecall
        show
        mv      a0, s0
        la      a1, buffer
        li      a2, 30
        li      a7, 63
        ecall
        show
        text    (buffer)
        ask     (63, 77, buffer, 4)
        show
        li      a0, 40
        li      a7, 32
        ecall
        li      a0, 300
        li      a7, 93
        ecall
