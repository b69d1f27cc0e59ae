# A small shell: read a line, start the program it names, wait for it, keep its status.
# This is what a shell is at heart: fork (or vfork), exec, wait. `launch vfork` changes the first of the three; programs
# behave the same, but nothing is copied for them any more. A line is words parted by blanks, `#` begins a comment, and
# the word `$?` stands for the last status: 128 and the signal when a program was killed, 127 when it was not found, 126
# when it could not be run. The prompt and the shell's own messages go to standard error. `sh FILE` takes its lines
# from FILE, and `sh -c COMMAND` has one line, COMMAND, as system and popen of the C library want it. Type `help` for
# the commands that the shell carries out itself.
#
# Expected output:
#   hello, world
#   one two
#   status 1
#   programs are launched by vfork
#   reading address 0
#   status 139
#   status 127
# Exit status: 3
# Scheduling: any
# Input:
#   hello
#   echo   one two    # blanks do not count
#   false
#   echo status $?
#   launch vfork
#   launch
#   null_pointer
#   echo status $?
#   nowhere
#   echo status $?
#   exit 3

        .equ    SYS_ioctl, 29
        .equ    SYS_openat, 56
        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_rt_sigaction, 134
        .equ    SYS_execve, 221
        .equ    SYS_wait4, 260
        .equ    SYS_vfork, 1071
        .equ    SYS_fork, 1079
        .equ    AT_FDCWD, -100
        .equ    O_CLOEXEC, 0x80000
        .equ    TCGETS, 0x5401          # ioctl: the settings of a terminal
        .equ    ENOENT, 2
        .equ    EINTR, 4
        .equ    ENOTTY, 25
        .equ    SIGINT, 2
        .equ    ESC, 27
        .equ    STDIN, 0
        .equ    STDOUT, 1
        .equ    STDERR, 2

        .equ    USAGE, 2                # statuses, as other shells have them
        .equ    CANNOT_RUN, 126
        .equ    NOT_FOUND, 127
        .equ    KILLED, 128

        .equ    LINE_SIZE, 1024
        .equ    WORDS_SIZE, LINE_SIZE / 2 + 1

        .bss
        .balign 4
words:  .skip   4 * WORDS_SIZE          # pointers into line, and a null: the argv of the program to start
status: .skip   4                       # the word that wait4 stores
status_text:
        .skip   12                      # the last status in decimal, what $? stands for
ends:   .skip   8                       # of the pipe that a command of -c goes through
settings:
        .skip   64                      # of the terminal: asked for, not used
line:   .skip   LINE_SIZE

# Throughout: s0 the last status, s1 the call that launches, s2 the descriptor that lines come from, s3 whether to
# prompt, s4 envp, s5 the next word to look at, s6 the program that runs.

        .text
        .globl  _start
_start:
        lw      t0, 0(sp)               # argc; envp follows the argv pointers and their null
        slli    t1, t0, 2
        add     t1, sp, t1
        addi    s4, t1, 8
        li      s0, 0
        li      s1, SYS_fork
        li      s2, STDIN
        li      s3, 0
        li      t1, 1
        bgtu    t0, t1, with_arguments

        li      a0, STDIN               # only a person wants a prompt, and a person sits at a terminal
        li      a1, TCGETS
        la      a2, settings
        li      a7, SYS_ioctl
        ecall
        li      t0, -ENOTTY
        beq     a0, t0, next_line
        li      s3, 1
        li      a0, SIGINT              # ^C shall end the program that runs, which does not have this handler: exec
        la      a1, on_interrupt        # gives it up
        li      a2, 0
        li      a3, 8
        li      a7, SYS_rt_sigaction
        ecall
        j       next_line

with_arguments:
        li      t1, 2
        beq     t0, t1, open_file
        lw      a0, 8(sp)               # argv[1]
        la      a1, option_c
        call    equal
        beqz    a0, open_file

        la      a0, ends                # the command goes through a pipe, and is read as any other input
        li      a1, O_CLOEXEC
        li      a7, SYS_pipe2
        ecall
        lw      a0, ends + 4
        lw      a1, 12(sp)              # argv[2]
        call    print
        lw      a0, ends + 4
        li      a7, SYS_close
        ecall
        lw      s2, ends
        j       next_line

open_file:
        li      a0, AT_FDCWD
        lw      a1, 8(sp)               # argv[1]
        li      a2, O_CLOEXEC           # the programs it starts shall not read the script
        li      a7, SYS_openat
        ecall
        mv      s2, a0
        bgez    s2, next_line
        li      s0, NOT_FOUND
        lw      a0, 8(sp)
        la      a1, is_not_found
        call    complain
        j       leave

next_line:
        beqz    s3, 1f
        li      a0, STDERR
        la      a1, prompt
        call    print
1:      call    read_line
        li      t0, -EINTR
        beq     a0, t0, interrupted
        bltz    a0, end_of_input
        beqz    a0, 2f
        li      s0, USAGE
        la      a0, line
        la      a1, is_too_long
        call    complain
        j       next_line

2:      call    split_line
        lw      t0, words
        beqz    t0, next_line
        call    replace_status
        la      s5, commands
3:      lw      a1, 0(s5)
        beqz    a1, launch_program      # none of the shell's own
        lw      a0, words
        call    equal
        lw      t0, 4(s5)
        addi    s5, s5, 8
        beqz    a0, 3b
        jr      t0

interrupted:                            # ^C at the prompt: the line is given up
        li      a0, STDERR
        la      a1, newline
        call    print
        j       next_line

end_of_input:
        beqz    s3, leave
        li      a0, STDERR              # the terminal's cursor still stands behind the prompt
        la      a1, newline
        call    print
leave:  mv      a0, s0
        li      a7, SYS_exit
        ecall

# --- starting a program ---

launch_program:
        mv      a7, s1                  # fork or vfork: what follows is right for both
        ecall
        bltz    a0, cannot_launch
        bnez    a0, wait_for_program

        lw      a0, words               # the child; after vfork it must not write to memory, which is the shell's
        la      a1, words
        mv      a2, s4
        li      a7, SYS_execve
        ecall
        li      s0, NOT_FOUND
        la      a1, is_not_found
        li      t0, -ENOENT
        beq     a0, t0, 1f
        li      s0, CANNOT_RUN
        la      a1, cannot_be_run
1:      lw      a0, words
        call    complain
        j       leave

wait_for_program:
        mv      s6, a0                  # its pid
1:      mv      a0, s6
        la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        li      t0, -EINTR              # ^C was for the program
        beq     a0, t0, 1b
        lw      t0, status
        srli    s0, t0, 8               # the exit status ...
        andi    t0, t0, 0x7f
        beqz    t0, next_line
        addi    s0, t0, KILLED          # ... unless a signal killed it
        li      t1, SIGINT
        bne     t0, t1, 2f
        bnez    s3, interrupted         # whoever pressed ^C knows
2:
        lw      a0, words
        la      a1, was_killed
        call    complain
        j       next_line

cannot_launch:
        li      s0, CANNOT_RUN
        lw      a0, words
        la      a1, no_process
        call    complain
        j       next_line

# --- the shell's own commands; words + 4 is the first argument ---

do_exit:
        lw      a0, words + 4
        beqz    a0, leave
        li      s0, 0
        li      t1, 10
1:      lbu     t0, 0(a0)
        beqz    t0, leave
        addi    t0, t0, -'0'
        bgeu    t0, t1, wrong_usage
        mul     s0, s0, t1
        add     s0, s0, t0
        addi    a0, a0, 1
        j       1b

do_nothing:
        li      s0, 0
        j       next_line

do_launch:
        lw      a0, words + 4
        beqz    a0, 3f
        la      a1, word_fork
        call    equal
        beqz    a0, 1f
        li      s1, SYS_fork
        j       2f
1:      lw      a0, words + 4
        la      a1, word_vfork
        call    equal
        beqz    a0, wrong_usage
        li      s1, SYS_vfork
2:      li      s0, 0
        j       next_line
3:      li      s0, 0
        li      a0, STDOUT
        la      a1, launched_by_fork
        li      t0, SYS_fork
        beq     s1, t0, 4f
        la      a1, launched_by_vfork
4:      call    print
        j       next_line

do_help:
        li      s0, 0
        li      a0, STDOUT
        la      a1, help_text
        call    print
        j       next_line

wrong_usage:
        li      s0, USAGE
        lw      a0, words
        la      a1, is_used_wrongly
        call    complain
        j       next_line

# --- lines and words ---

# read_line() -> a0: 0, 1 if the line is longer than the buffer and was cut, or -1 at the end of input, or -EINTR
# One byte a call: what lies behind this line belongs to the program that it starts. What keys without a letter send,
# as the arrows do, is left out: ESC, and if [ or O follows all up to a byte from @ on, else the byte behind it.
read_line:
        la      t0, line
        li      t1, LINE_SIZE - 1
        add     t1, t0, t1              # where the NUL byte goes at the latest
        li      t2, 0                   # whether the line was cut
        li      t3, '\n'
        li      t5, 0                   # what of such a key has been read: 0 nothing, 1 ESC, 2 more
1:      mv      a0, s2
        mv      a1, t0
        li      a2, 1
        li      a7, SYS_read
        ecall
        li      t4, -EINTR
        beq     a0, t4, 5f
        blez    a0, 3f
        lbu     t4, 0(t0)
        beq     t4, t3, 4f
        bnez    t5, 6f
        li      t6, ESC
        beq     t4, t6, 7f
        bltu    t0, t1, 2f
        li      t2, 1
        j       1b
2:      addi    t0, t0, 1
        j       1b
3:      la      t3, line                # the input ended: that counts as the end of a line that has begun
        bne     t0, t3, 4f
        li      a0, -1
        ret
4:      sb      zero, 0(t0)
        mv      a0, t2
5:      ret
6:      addi    t6, t5, -1
        li      t5, 0
        bnez    t6, 8f
        li      t6, '['
        beq     t4, t6, 9f
        li      t6, 'O'
        beq     t4, t6, 9f
        j       1b
7:      li      t5, 1
        j       1b
8:      li      t6, '@'
        bgeu    t4, t6, 1b
9:      li      t5, 2
        j       1b

# The handler of ^C at a terminal: it only ends a call that waits.
handle: ret

# split_line(): points words at the words of the line and puts NUL bytes behind them
split_line:
        la      t0, line
        la      t1, words
        li      t2, ' '
        li      t3, '\t'
        li      t4, '#'
1:      lbu     t5, 0(t0)
        beqz    t5, 5f
        beq     t5, t4, 5f
        beq     t5, t2, 2f
        bne     t5, t3, 3f
2:      addi    t0, t0, 1
        j       1b
3:      sw      t0, 0(t1)
        addi    t1, t1, 4
4:      addi    t0, t0, 1
        lbu     t5, 0(t0)
        beqz    t5, 5f
        beq     t5, t2, 6f
        bne     t5, t3, 4b
6:      sb      zero, 0(t0)
        addi    t0, t0, 1
        j       1b
5:      sw      zero, 0(t1)
        ret

# replace_status(): every word $? becomes the last status in decimal
replace_status:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        la      t2, status_text + 11    # digits are found from the last to the first
        mv      t0, s0
        li      t1, 10
1:      remu    t3, t0, t1
        divu    t0, t0, t1
        addi    t3, t3, '0'
        addi    t2, t2, -1
        sb      t3, 0(t2)
        bnez    t0, 1b

        la      s5, words
2:      lw      a0, 0(s5)
        beqz    a0, 4f
        la      a1, last_status
        call    equal
        beqz    a0, 3f
        sw      t2, 0(s5)
3:      addi    s5, s5, 4
        j       2b
4:      lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# equal(a0: text, a1: text) -> a0: 1 if they are the same, else 0; changes t0 and t1 only
equal:
        lbu     t0, 0(a0)
        lbu     t1, 0(a1)
        bne     t0, t1, 1f
        addi    a0, a0, 1
        addi    a1, a1, 1
        bnez    t0, equal
        li      a0, 1
        ret
1:      li      a0, 0
        ret

# complain(a0: what about, a1: the complaint): on standard error; keeps to registers, as a vfork child must
complain:
        mv      t2, ra
        mv      t3, a0
        mv      t4, a1
        li      a0, STDERR
        la      a1, shell
        call    print
        li      a0, STDERR
        mv      a1, t3
        call    print
        li      a0, STDERR
        mv      a1, t4
        call    print
        mv      ra, t2
        ret

# print(a0: descriptor, a1: text that ends in a NUL byte); changes t0 and the arguments only
print:
        mv      a2, a1
1:      lbu     t0, 0(a2)
        beqz    t0, 2f
        addi    a2, a2, 1
        j       1b
2:      sub     a2, a2, a1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
        .balign 4
on_interrupt:                           # a struct sigaction: handler, flags, mask
        .word   handle, 0, 0, 0
commands:                               # name, where the shell carries it out
        .word   word_exit, do_exit
        .word   word_launch, do_launch
        .word   word_help, do_help
        .word   word_colon, do_nothing
        .word   0
word_exit:
        .asciz  "exit"
word_launch:
        .asciz  "launch"
word_help:
        .asciz  "help"
word_colon:
        .asciz  ":"
option_c:
        .asciz  "-c"
word_fork:
        .asciz  "fork"
word_vfork:
        .asciz  "vfork"
last_status:
        .asciz  "$?"
prompt: .asciz  "guest$ "
newline:
        .asciz  "\n"
shell:  .asciz  "sh: "
is_not_found:
        .asciz  ": not found\n"
cannot_be_run:
        .asciz  ": cannot be run\n"
no_process:
        .asciz  ": no process for it\n"
was_killed:
        .asciz  ": killed by a signal\n"
is_used_wrongly:
        .asciz  ": see help\n"
is_too_long:
        .asciz  ": line too long\n"
launched_by_fork:
        .asciz  "programs are launched by fork\n"
launched_by_vfork:
        .asciz  "programs are launched by vfork\n"
help_text:
        .ascii  "NAME [ARGUMENT]...   run the program NAME and wait for it\n"
        .ascii  "echo $?              print the status of the last command\n"
        .ascii  "launch fork|vfork    choose the call that programs are launched by\n"
        .ascii  "launch               say which it is\n"
        .ascii  "exit [STATUS]        leave; so does the end of input\n"
        .ascii  ":                    do nothing\n"
        .asciz  "help                 print this\n"
