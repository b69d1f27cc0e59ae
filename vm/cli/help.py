"""``forklore help``: the pages of the manual, which lie in vm/manual and are read on GitHub as well."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from vm.cli import COMMANDS, completion
from vm.spelling import suggestion
from vm.text import brief

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from rich.markdown import Markdown

MANUAL = Path(__file__).resolve().parents[1] / "manual"
SUBJECTS: dict[str, tuple[str, ...]] = {
    "Begin": ("first", "programs", "running", "c"),
    "Look": ("film", "trace", "events", "schedules", "gdb", "outcomes", "deaths", "checker", "laboratory"),
    "Teach": ("grading", "tests", "rules"),
    "Write": ("python", "assembler", "dialects", "instructions", "syscalls"),
    "Understand": ("architecture", "threads", "ipc", "engines", "starting", "boundary", "cache", "developing"),
}
"""The pages by subject, in an order to read them in. Each is a file of the manual, without its ending."""
PAGES = tuple(name for names in SUBJECTS.values() for name in names)

NARROWEST, WIDEST = 40, 100
"""Columns of a page on a terminal, however many that has."""
_MARKER = re.compile(r"^<!-- .* -->\n", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]+)\]\(([^)\s]+)\)")


def _pages(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return completion.names(PAGES, incomplete)


@click.command("help")
@click.argument("page", required=False, shell_complete=_pages)
def command(page: str | None) -> None:
    """Show a page of the manual, or without PAGE a list of them.

    A terminal is shown it page by page, by the program that PAGER names. Elsewhere it is plain Markdown.
    """
    if page is None:
        click.echo(contents(), nl=False)
    elif page in COMMANDS and page not in PAGES:
        raise click.UsageError(f"'{page}' is a command, not a page: `forklore {page} --help` tells of it")
    elif page not in PAGES:
        meant = suggestion(page, PAGES) or "; `forklore help` lists the pages"
        raise click.UsageError(f"there is no page {brief(page)}{meant}")
    elif not sys.stdout.isatty():
        click.echo(text_of(page), nl=False)
    else:
        os.environ.setdefault("LESS", "-FRX")  # less keeps the styles, and does not wait after a short page
        columns = shutil.get_terminal_size().columns
        click.echo_via_pager(rendered(text_of(page), max(NARROWEST, min(columns, WIDEST))))


def contents() -> str:
    """List the pages by subject, a line each: its name and its title."""
    lines = ["The manual. `forklore help PAGE` shows a page."]
    for subject, names in SUBJECTS.items():
        lines += ["", subject, *(f"  {name:<14}{title_of(name)}" for name in names)]
    return "\n".join(lines) + "\n"


def title_of(page: str) -> str:
    """The title of a page: its first line."""
    with open(MANUAL / f"{page}.md", encoding="utf-8") as file:
        return file.readline().removeprefix("# ").strip()


def text_of(page: str) -> str:
    """A page in Markdown, without the comments that mark its generated tables."""
    return _MARKER.sub("", (MANUAL / f"{page}.md").read_text(encoding="utf-8"))


def rendered(text: str, columns: int) -> str:
    """Text in Markdown as a terminal of so many columns shows it, with escape sequences for its styles alone."""
    from rich.console import Console
    from rich.theme import Theme

    styles = {
        "markdown.h1": "bold underline", "markdown.h2": "bold", "markdown.h3": "bold", "markdown.code": "cyan",
        "markdown.code_block": "cyan", "markdown.table.border": "none", "markdown.table.header": "bold",
        "markdown.item.bullet": "none",
    }  # fmt: skip
    console = Console(width=columns, force_terminal=True, theme=Theme(styles), highlight=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(_markdown(_LINK.sub(_plain_link, text)))
    return re.sub(r" +$", "", capture.get(), flags=re.MULTILINE)


def _plain_link(link: re.Match[str]) -> str:
    """A link in words: a terminal cannot follow one to a file. A picture is what its caption says."""
    is_picture, words, target = link.groups()
    path, _, _ = target.partition("#")
    if ":" in target:
        return f"{words} ({target})"
    if path.removesuffix(".md") in PAGES:
        return f"{words} (`forklore help {path.removesuffix('.md')}`)"
    place = os.path.normpath(PurePosixPath("vm/manual") / path)
    return f"*{words}* (`{place}`)" if is_picture else f"{words} (`{place}`)"


def _markdown(text: str) -> Markdown:
    """The text for rich to draw: headings to the left, code as it is, indented, and nothing cut off."""
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import CodeBlock, Heading, Markdown, MarkdownContext, TableDataElement
    from rich.padding import Padding
    from rich.text import Text

    class LeftHeading(Heading):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            yield self.text

    class PlainCode(CodeBlock):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            code = Text(str(self.text).rstrip(), style="markdown.code_block", overflow="fold")
            lines = code.plain.splitlines()
            yield Padding(code, (0, 0, 0, 2 if max(map(len, lines)) + 2 <= options.max_width else 0))

    class WholeCell(TableDataElement):
        def on_leave(self, context: MarkdownContext) -> None:
            self.content.overflow = "fold"

    class Page(Markdown):
        elements = Markdown.elements | {
            "heading_open": LeftHeading, "fence": PlainCode, "code_block": PlainCode,
            "td_open": WholeCell, "th_open": WholeCell,
        }  # fmt: skip

    return Page(text, hyperlinks=False)
