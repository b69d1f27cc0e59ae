#!/sh
# A script is a program, too: for a file that begins with #! the kernel runs the interpreter named there.
# It hands the interpreter the file's name as an argument; sh opens it and finds its commands here. For sh this header
# is a comment, which is why scripts use the same sign for both.
#
# Expected output:
#   commands from a file
#   hello, world
# Exit status: 7
# Scheduling: any

echo commands from a file
hello
exit 7
