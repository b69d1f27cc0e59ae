"""``forklore disasm``: list the code of an image."""

from __future__ import annotations

from pathlib import Path

import click

from vm.cli.images import read_image, refuse
from vm.disassembler import listing
from vm.elf import ElfError


@click.command("disasm")
@click.option("--no-aliases", is_flag=True, help="Write addi, jalr, ... where li, mv, ret, ... would be shorter.")
@click.argument("image", type=click.Path(path_type=Path))
def command(image: Path, no_aliases: bool) -> None:
    """List the executable sections of IMAGE: labels, addresses, words and statements.

    The statements assemble again to the same words; the address that one refers to follows as a comment.
    Exit status 126 when the file is not an image that can be run, 127 when it was not found.
    """
    data = read_image(image)
    try:
        for line in listing(data, aliases=not no_aliases):
            click.echo(line)
    except ElfError as error:
        refuse(image, str(error))
