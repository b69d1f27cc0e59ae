"""``forklore disasm``: list the code of an image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from vm.cli.images import read_image, refuse
from vm.disassembler import listing
from vm.elf import ElfError, read_sections, read_symbols
from vm.elf.functions import function_names, functions_named
from vm.spelling import suggestion
from vm.text import brief, printable

LONGEST = 200
"""Letters of a name that may have been meant."""
FARTHEST = 10
"""Lines of a source that are shown at once above an instruction: those since the last one, or the last of them."""


@click.command("disasm")
@click.option(
    "--function", "functions", multiple=True, metavar="NAME",
    help="List only this function, with the lines of its source.",
)  # fmt: skip
@click.option("-S", "--source", is_flag=True, help="Show the lines of the source above their code.")
@click.option("--no-aliases", is_flag=True, help="Write addi, jalr, ... where li, mv, ret, ... would be shorter.")
@click.argument("image", type=click.Path(path_type=Path))
def command(image: Path, functions: tuple[str, ...], source: bool, no_aliases: bool) -> None:
    """List the executable sections of IMAGE: labels, addresses, words and statements.

    The statements assemble again to the same words; the address that one refers to follows as a comment. Lines of the
    source are shown as far as the image has debugging information and the source is where it says.
    Exit status 126 when the file is not an image that can be run, 127 when it was not found.
    """
    data = read_image(image)
    try:
        ranges = _ranges(data, functions) if functions else ((0, 1 << 32),)
        above = _source_lines(data) if source or functions else lambda address: ()
        for line in listing(data, aliases=not no_aliases, ranges=ranges, above=above):
            click.echo(line)
    except ElfError as error:
        refuse(image, str(error))


def _ranges(data: bytes, names: Sequence[str]) -> list[tuple[int, int]]:
    """Where the functions of these names are, all of them; after a message ends the command for one that is not."""
    symbols, sections = read_symbols(data), read_sections(data)
    found = set()
    for name in names:
        ranges = functions_named(name, symbols, sections, data)
        if not ranges:
            known = function_names(symbols, sections)
            advice = suggestion(name, [other for other in known if len(other) <= LONGEST])
            raise click.BadParameter(f"no function {brief(name)} in this image{advice}", param_hint="--function")
        found.update(ranges)
    return sorted(found)


def _source_lines(data: bytes) -> Callable[[int], Iterator[str]]:
    """What gives the lines of the source that the code at an address begins."""
    from vm.observe.snippets import code, place
    from vm.observe.symbols import Symbols

    symbols = Symbols(data)
    last: tuple[str, int] = ("", 0)

    def above(address: int) -> Iterator[str]:
        nonlocal last
        found = symbols.line(address) if address % 4 == 0 else None
        if found is None or (found.file, found.line) == last:
            return
        file, before = last
        last = found.file, found.line
        is_near = file == found.file and 0 < found.line - before <= FARTHEST
        lines = range(before + 1 if is_near else found.line, found.line + 1)
        if not is_near and code(found.path, found.line).strip() == "{":  # what the brace is of is above
            lines = range(found.line - 1, found.line + 1)
        shown = [(number, code(found.path, number)) for number in lines]
        if file != found.file:
            yield place(found.file, found.line, found.path)
        yield from (f"{number:5} | {printable(text)}".rstrip() for number, text in shown if text)

    return above
