"""Sources that do something to the compiler, the linker or the assembler, or make them read what is not theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.grade.hostile.planting import Hostile, folder, program

MAIN = "int main(void) { return 0; }\n"
PRINT = "#include <stdio.h>\nint main(void) { puts(TEXT); return 0; }\n"
DOUBLED = "".join(f"#define M{n} M{n - 1} M{n - 1} M{n - 1} M{n - 1}\n" for n in range(1, 20))
NESTED = 40_000
CRASH = "\nint main(void) { return *(volatile int *)0; }\n"

BOMBS: dict[str, bytes] = {
    "a macro bomb": f"#define M0 1+\n{DOUBLED}int x = M19 0;\n{MAIN}".encode(),
    "a source that includes itself": b'#include "p.c"\n' + MAIN.encode(),
    "a source that includes itself twice": b'#include __FILE__\n#include __FILE__\n' + MAIN.encode(),
    "an endless source": b'#include "/dev/zero"\n' + MAIN.encode(),
    "a source that waits": b'#include "/dev/tty"\n#include "/dev/stdin"\n' + MAIN.encode(),
    "an array of a GiB": b"char large[1 << 30] = {1};\n" + MAIN.encode(),
    "an array of all memory": b"char large[0x7fffffff];\n" + MAIN.encode(),
    "an array of arrays": b"int large[1 << 28] = {[(1 << 28) - 1] = 1};\n" + MAIN.encode(),
    "many arrays": "".join(f"char a{n}[1 << 28] = {{1}};\n" for n in range(6)).encode() + MAIN.encode(),
    "space": b'asm(".data\\n.space 0x7fffffff, 1\\n");\n' + MAIN.encode(),
    "a repetition": b'asm(".rept 100000000\\n.word 1\\n.endr\\n");\n' + MAIN.encode(),
    "parentheses": f"int x = {'(' * NESTED}1{')' * NESTED};\n{MAIN}".encode(),
    "braces": f"int main(void) {{{'{' * NESTED}{'}' * NESTED}}}\n".encode(),
    "pointers": f"int {'*' * NESTED}x;\n{MAIN}".encode(),
    "one long line": b"int x = 0" + b"+1" * (5 << 20) + b";\n" + MAIN.encode(),
    "one long name": b"int " + b"x" * (8 << 20) + b";\n" + MAIN.encode(),
    "many errors": b"error;\n" * 200_000,
    "many warnings": ("#pragma clang diagnostic warning \"-Weverything\"\n" + "#warning <script>\n" * 50_000
                      + MAIN).encode(),
    "an error in colours": "#error \x1b[31m<script>alert(1)</script>\u202e]]>\n".encode() + MAIN.encode(),
    "constant arithmetic": b"constexpr int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\nint x = f(60);\n",
    "zeros": bytes(1 << 20),
    "no UTF-8": b"\xff\xfe\x00i" * 1000,
    "a trigraph": b'%:include "/etc/passwd"\n' + MAIN.encode(),
}  # fmt: skip
SETTINGS: dict[str, bytes] = {
    "options in comments": b"// RUN: @file -fplugin=./evil.so -B. -I/ -imacros /etc/passwd\n" + MAIN.encode(),
    "pragmas": b'#pragma comment(lib, "/etc/passwd")\n#pragma clang module import std\n'
    b'#pragma GCC dependency "/etc/passwd"\n'
    + MAIN.encode(),
    "a section for the linker": b'asm(".section .deplibs,\\"MS\\",@llvm_dependent_libraries,1\\n'
    b'.asciz \\"/etc/passwd\\"\\n'
    b'.section .linker-options,\\"e\\",@llvm_linker_options\\n.asciz \\"-o\\"\\n.asciz \\"/tmp/owned\\"\\n");\n'
    + MAIN.encode(),
    "a constructor": b"__attribute__((constructor)) static void f(void) { for (;;) ; }\n" + MAIN.encode(),
    "a main of data": b"int main = 0x6f;\n",
    "its own start": b"void _start(void) { for (;;) ; }\n" + MAIN.encode(),
    "a time and a date": PRINT.replace("TEXT", "__DATE__ __TIME__ __FILE__ __TIMESTAMP__").encode(),
    "its own names": PRINT.replace("TEXT", "__BASE_FILE__").encode(),
}  # fmt: skip
ASSEMBLY: dict[str, bytes] = {
    "repetition": b".rept 100000000\n.word 1\n.endr\n",
    "repetitions": b".rept 10000\n.rept 10000\nnop\n.endr\n.endr\n",
    "space": b".space 0x7fffffff\n",
    "filling": b".fill 0x7fffffff, 8, 1\n",
    "alignment": b".balign 0x80000000\n",
    "origin": b".org 0xfffffff0\n",
    "macros that call themselves": b".macro m\nm\n.endm\nm\n",
    "macros that double": b".macro m n\n.if \\n\nm \\n-1\nm \\n-1\n.endif\n.endm\nm 40\n",
    "includes of itself": b'.include "p.s"\n.include "p.s"\n',
    "expressions": b".word " + b"(" * 100_000 + b"1" + b")" * 100_000 + b"\n",
    "sums": b".word 1" + b"+1" * 2_000_000 + b"\n",
    "shifts": b".equ x, 1 << 100000000\n.word x\n",
    "powers": b".equ x, 1\n" + b".equ x, x * x + x * 3\n" * 60,
    "labels": b"".join(b"l%d:\n" % n for n in range(200_000)),
    "a long line": b"nop;" * (2 << 20),
    "strings": b'.ascii "' + b"A" * (8 << 20) + b'"\n',
    "a loop of names": b".equ a, b\n.equ b, a\n.word a\n",
}


def reading(path: str) -> Iterator[tuple[str, bytes]]:
    """Sources that would have what is in a file of the host's in their image, or in what is said of them."""
    yield "p.c", f'#include "{path}"\n{MAIN}'.encode()
    stealing = f'asm(".data\\n.globl stolen\\nstolen: .incbin \\"{path}\\"\\n.byte 0\\n");\nextern char stolen[];\n'
    yield "p.c", f"{stealing}{PRINT}".replace("TEXT", "stolen").encode()
    yield "p.c", f'asm(".include \\"{path}\\"");\n{MAIN}'.encode()
    yield "p.c", f'const char stolen[] = {{\n#embed "{path}"\n, 0}};\n{PRINT}'.replace("TEXT", "stolen").encode()
    yield (
        "p.c",
        f'#if __has_include("{path}")\n#define TEXT "it is there"\n#else\n#define TEXT "no"\n#endif\n{PRINT}'.encode(),
    )
    yield "p.c", f'#line 1 "{path}"{CRASH}'.encode()
    yield "p.s", program("la a1, stolen\nli a0, 1\nli a2, 4096\nli a7, 64\necall", f'stolen: .incbin "{path}"')
    yield "p.s", f'.include "{path}"\n'.encode() + program("")
    yield "p.s", f'.file 1 "{path}"\n.globl _start\n_start:\n.loc 1 1\nlw t0, 0(zero)\n'.encode()


def sources(secrets: Sequence[str]) -> Iterator[Hostile]:
    """Sources; ``secrets`` are paths of the host where something lies."""
    for name, text in {**BOMBS, **SETTINGS}.items():
        yield folder(f"source: {name}", {"p.c": text, "@file": b"-imacros /etc/passwd\n", "evil.so": b"\x7fELF"})
    for name, text in ASSEMBLY.items():
        yield folder(f"assembly: {name}", {"p.s": text})
    ways = len(list(reading("")))
    for number in range(max(ways, len(secrets))):
        path = secrets[number % len(secrets)]
        file, text = list(reading(path))[number % ways]
        yield folder(f"source that reads {number}", {file: text})
    for number, path in enumerate(("/etc/passwd", "/proc/self/environ", "../../../../../../etc/passwd")):
        file, text = list(reading(path))[number]
        yield folder(f"source that reads the system {number}", {file: text})
