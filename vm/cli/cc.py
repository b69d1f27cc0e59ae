"""``forklore cc``: a C compiler for the machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vm import linking, toolchain
from vm.cli import completion, fail
from vm.cli.booting import say_remarks
from vm.cli.images import refuse_missing

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

FLAGS = (
    "-o", "-c", "-S", "-E", "-O0", "-O1", "-O2", "-O3", "-Os", "-g", "-I", "-D", "-U", "-L", "-l", "-Wall", "-Wextra",
    "-Werror", "-std=c11", "-std=gnu11", "-include", "-nostdlib", "-nostartfiles", "-ffreestanding", "-Wl,", "--help",
)  # fmt: skip
"""What completion offers of the compiler's flags."""


class Passing(click.Command):
    """Takes every argument as it is, but for --help alone."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """All arguments belong to the compiler."""
        if args in (["--help"], ["-h"], []):
            return super().parse_args(ctx, ["--help"])
        ctx.params["arguments"] = tuple(args)
        return []

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The flags that are used most."""
        return completion.names(FLAGS, incomplete)


@click.command("cc", cls=Passing, options_metavar="")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="ARGUMENTS...", shell_complete=completion.files)
def command(arguments: tuple[str, ...]) -> None:
    """Compile C, and assembly in .s and .S files, into images of this machine.

    ARGUMENTS are those of any C compiler: -o, -c, -I, -D, -O2, -l, sources and objects. The compiler is clang with the
    C library musl, as the package ziglang brings them (pip install ziglang); programs are static, with debug
    information, and vfork in them is a true one. Assembly that has a _start of its own is linked without the library.
    The exit status is the compiler's, 127 if a file is not there, or 125 without a compiler.

    \b
    Other compilers make images for the machine too:
      clang --target=riscv32-linux-musl --sysroot=DIR -march=rv32ima \\
            -mabi=ilp32 -mno-relax -static -fuse-ld=lld prog.c
      riscv32-unknown-linux-gnu-gcc -march=rv32ima_zicsr_zifencei \\
            -mabi=ilp32 -static -Wl,-z,noseparate-code prog.c
    The C library must have been built for the same -march and -mabi.
    """
    if not toolchain.is_installed():
        fail(toolchain.INSTALL)
    missing = linking.missing_inputs(arguments)
    if missing:
        refuse_missing(missing)
    say_remarks()
    try:
        sys.exit(toolchain.run_compiler(arguments))
    except toolchain.CompileError as error:
        fail(f"vfork cannot be assembled: {error}")
