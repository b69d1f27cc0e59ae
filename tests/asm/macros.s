.data
.macro m a, b=5, c
.byte \a, \b
.ifb \c
.byte 0xcc
.else
.byte \c
.endif
.byte \@
.endm
m 1
m 1, 2
m 1 2 3
m 1, , 3
m a=7, c=9
m c=9, a=1+2
m 1 + 2, 3
m (1 + 2), -3
m 1 -2
.macro r x:req, y:vararg
.byte \x, \y
.endm
r 1, 2, 3, 4
.macro s str
.ascii "\str"

.endm
s "abc"
.macro cat p, q
\p\()_\q: .byte 1
.endm
cat foo, bar
.byte foo_bar-foo_bar+9
.macro nest n
.byte \n
.if \n
nest "(\n-1)"
.endif
.endm
nest 3
.macro ex v
.if \v == 2
.exitm
.endif
.byte \v
.endm
ex 1
ex 2
ex 3
.rept 3
.byte 0x77
.endr
.irp x, 1, 2, 3
.byte \x
.endr
.irpc x, 678
.byte \x
.endr
.macro def name
.macro \name z
.byte \z, \z
.endm
.endm
def dbl
dbl 4
.purgem dbl
.macro dbl
.byte 0xdd
.endm
dbl
.ifc a, a
.byte 1
.endif
.ifc a, b
.byte 2
.endif
.ifnc a, b
.byte 3
.endif
.ifeqs "x", "x"
.byte 4
.endif
.ifnes "x", "x"
.byte 4
.endif
.ifge 0
.byte 5
.endif
.ifgt 0
.byte 6
.endif
.ifle 0
.byte 7
.endif
.iflt 0
.byte 8
.endif
.ifeq 0
.byte 9
.endif
.ifne 0
.byte 10
.endif
.ifnb x
.byte 11
.endif
.ifdef foo_bar
.byte 12
.endif
.ifndef foo_bar
.byte 13
.endif
.ifnotdef nope
.byte 14
.endif
.ifdef later
.byte 15
.endif
later:
.macro lab
1: .byte 1b - 1b + 3
L\@: .byte 0x10
.endm
lab
lab
.set i, 0
.rept 3
.byte i
.set i, i+1
.endr
.macro q a b
.byte \a\b
.endm
q 1 2
q 1, 2
q a=1 b=2
.macro w a:vararg
.byte \a
.endm
w 1,2,3
