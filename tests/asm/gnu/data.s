# Data directives that LLVM does not have, or that ours did not take.
        .data
        .octa   1, -5, 0x112233445566778899aabbccddeeff00, 340282366920938463463374607431768211455, 1+1
        .string8 "abc", "d"
        .string16 "a\101", "b"
        .string32 "ab"
        .string64 "a"
        .ascii  <65>, "x"<10>"y"<'0'>
        .ascii  "\e\a\q\8\v\x4\x41424\400\1234\'"
        .byte   'a'+1, 'a, '\n, '\\, ''', '"', ';', '#'
        .byte   'b      # a comment
        .float  1.5, -1, .5, 5., 1e-3, 0f1.5, 0r2.5, inf, -inf
        .single 3.4e38
        .double 3.25, 1e10, -0.0, 0d1.5e3, 1E300
        .float16 1.5, -2
        .dc.b   1, 2
        .dc     3
        .dc.w   4
        .dc.l   5
        .dc.a   6
        .dc.s   1.5
        .dc.d   1.5
        .dcb    2
        .dcb.b  2, 3
        .dcb.w  2, 3
        .dcb.l  2, 3
        .ds     2
        .ds.b   4
        .ds.w   4, 1
        .ds.l   1
        .ds.d   1
        .word   ~(0xf << 28), -4294967295, 0x100000001, -8 >> 1, 0x8000000000000000
        .byte   256, -129, -255, -256, -257, 511, 0x1234
        .half   65536, -65535, -65536, 0x12345
