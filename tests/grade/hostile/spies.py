"""Programs that look for the tests, for others, and for whoever grades them, and print what they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.grade.hostile.planting import Hostile, call, folder, program

PLACES = (
    "/tests.toml", "/../tests.toml", "tests.toml", "/reference/p.s", "/proc/self/environ", "/proc/self/cmdline",
    "/proc/self/maps", "/proc/self/mem", "/proc/self/root/tests.toml", "/proc/self/cwd/tests.toml", "/proc/1/environ",
    "/proc/1/root/etc/passwd", "/proc/2/fd/0", "/proc/kcore", "/proc/mounts", "/etc/passwd", "/etc/shadow",
    "/dev/mem", "/dev/tty", "/dev/random", "/root/.ssh/id_rsa", "/tmp", "/home", "//tests.toml/..//tests.toml",
)  # fmt: skip
FOLDERS = ("/", "/..", ".", "..", "/proc", "/dev", "/proc/self/fd")
ALL = """
        la s1, places
next:   lbu t0, 0(s1)
        beqz t0, done
        li a0, -100
        mv a1, s1
        li a2, 0
        li a7, 56
        ecall
        mv s0, a0
        bltz s0, skip
read:   mv a0, s0
        la a1, buffer
        li a2, 4096
        li a7, {reader}
        ecall
        blez a0, skip
        mv a2, a0
        li a0, 1
        la a1, buffer
        li a7, 64
        ecall
        j read
skip:   lbu t0, 0(s1)
        addi s1, s1, 1
        bnez t0, skip
        j next
done:
"""
"""Print what is in each of ``places``, to its end."""


def looking(places: Sequence[str], reader: int = 63) -> bytes:
    names = "\n".join(f'.asciz "{each}"' for each in places)
    return program(ALL.format(reader=reader), f"places:\n{names}\n.byte 0")


def asked(*calls: tuple[object, ...]) -> bytes:
    """Make calls that fill the buffer, and print it."""
    body = "".join(call(*each) + call("write", 1, "buffer", 4096) for each in calls)  # type: ignore[arg-type]
    return program(body, 'name: .asciz "/proc/self/exe"')


STACK = """
        mv a1, sp
        li a0, 1
        li a2, {size}
        li a7, 64
        ecall
"""
GUESSES = ("hello\n", "CANARY\n", "passed\n", "100/100\n", "")
DETECTS = """
        lw t0, 0(sp)            # which test is it? as many arguments say so
        li t1, 1
        bne t0, t1, 1f
2:      j 2b
1:
"""
C_LOOKS = """
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
extern char **environ;
static void look(const char *name, int depth)
{
    DIR *folder = opendir(name);
    if (!folder || depth > 5) return;
    for (struct dirent *each; (each = readdir(folder));) {
        char path[600], text[4096];
        if (!strcmp(each->d_name, ".") || !strcmp(each->d_name, "..")) continue;
        snprintf(path, sizeof path, "%s/%s", name, each->d_name);
        puts(path);
        FILE *file = fopen(path, "r");
        size_t size = file ? fread(text, 1, sizeof text, file) : 0;
        fwrite(text, 1, size, stdout);
        if (file) fclose(file);
        look(path, depth + 1);
    }
    closedir(folder);
}
int main(void)
{
    for (char **each = environ; *each; each++) puts(*each);
    look("/..", 0);
    look(".", 0);
    return 0;
}
"""
"""Print all that there is."""


def spies(secrets: Sequence[str]) -> Iterator[Hostile]:
    """Programs that look; ``secrets`` are paths of the host where something lies."""
    everywhere = [*PLACES, *secrets]
    yield folder("looks everywhere", {"p.s": looking(everywhere)})
    yield folder("lists everything", {"p.s": looking([*FOLDERS, *(each.rpartition("/")[0] for each in secrets)], 61)})
    for number, place in enumerate(secrets):
        yield folder(f"looks for secret {number}", {"p.s": looking([place, f"/proc/self/root{place}", f"/..{place}"])})
    yield folder("walks everything in C", {"p.c": C_LOOKS.encode()})
    yield folder("prints its stack", {"p.s": program(STACK.format(size=0x7FFFF000) + STACK.format(size=4096))})
    yield folder("prints its memory", {"p.s": program("li a1, 0x10000\nli a0, 1\nli a2, 0x100000\nli a7, 64\necall")})
    yield folder("asks who it is", {"p.s": asked(("uname", "buffer"), ("getcwd", "buffer", 4096))})
    yield folder("asks for chance", {"p.s": asked(("getrandom", "buffer", 256, 0), ("clock_gettime", 0, "buffer"))})
    yield folder("asks for links", {"p.s": asked(("readlinkat", -100, "name", "buffer", 4096))})
    yield folder("goes elsewhere", {"p.s": asked(("chroot", "name"), ("chdir", "name"), ("mount", "name", "name"),
                                                 ("setuid", 0), ("sethostname", "name", 4),
                                                 ("reboot", 0, 0, 0))})  # fmt: skip
    yield folder(
        "calls somebody", {"p.s": asked(("socket", 2, 1, 0), ("socket", 1, 1, 0), ("shmget", 0, 4096, 0o1777))}
    )
    yield folder("traces somebody", {"p.s": asked(("ptrace", 16, 1, 0, 0), ("prctl", 4, 1, 0, 0, 0))})
    for number, text in enumerate(GUESSES):
        shown = text.replace("\n", "\\n")
        body = f"la a1, text\nli a2, {len(text)}\nli a0, 1\nli a7, 64\necall\n"
        yield folder(f"guesses {number}", {"p.s": program(body, f'text: .ascii "{shown}"')})
    yield folder("hangs where it is graded", {"p.s": program(DETECTS)})
