"""Options in groups, as the help of a command shows them, and names of commands that were meant.

What only a slip or a shell's Tab needs is imported then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

GUEST = "Guest"
FILES = "Files"
REPORTS = "Reports"
DEBUGGING = "Debugging"
ORDER = (GUEST, FILES, "Limits", "Scheduling", DEBUGGING, REPORTS)
"""The groups that commands share, as they follow each other: those of settings too. A command's own come first."""

_WITHOUT = "Options"
"""The heading of options without a group, which come last."""
_NAMES = 24
"""The width of the names of options: longer ones have a line of their own."""

GIVEN = "vm.cli.given"
"""Where a command's context has the words that were given to it."""

F = TypeVar("F", bound=Callable[..., Any])


class GroupedOption(click.Option):
    """An option that is shown among those of its ``group``."""

    def __init__(self, *arguments: Any, group: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.group = group


def option(*declarations: str, group: str, **attributes: Any) -> Callable[[F], F]:
    """Attach an option to a command as :func:`click.option` does, and show it among those of ``group``."""
    return click.option(*declarations, cls=GroupedOption, group=group, **attributes)


class GroupedCommand(click.Command):
    """A command whose help shows its options group by group."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line, and keep it as it was given."""
        ctx.meta[GIVEN] = tuple(args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group; the names of all are in one column."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                groups.setdefault(getattr(param, "group", _WITHOUT), []).append(record)
        for name in sorted(groups, key=_rank):
            with formatter.section(name):
                formatter.write_dl([(names.ljust(_NAMES), text) for names, text in groups[name]], col_max=_NAMES)


def _rank(group: str) -> int:
    if group == _WITHOUT:
        return len(ORDER)
    return ORDER.index(group) if group in ORDER else -1


class HelpfulGroup(click.Group):
    """A group of commands that shows what each does in full, and knows what a misspelled name may have meant.

    What they do is told without them, by ``summaries``.
    """

    summaries: Mapping[str, str] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of ``summaries``."""
        return list(self.summaries)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its summary."""
        with formatter.section("Commands"):
            formatter.write_dl([*self.summaries.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Find the commands whose names begin with what was typed, and the group's own options."""
        from click.shell_completion import CompletionItem

        begun = [each for each in self.summaries.items() if each[0].startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=summary) for name, summary in begun), *options]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant. Raises UsageError, which names those that are spelled alike."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            from difflib import get_close_matches

            alike = get_close_matches(name, self.list_commands(ctx))
            meant = f" Did you mean {' or '.join(repr(other) for other in alike)}?" if alike else ""
            ctx.fail(f"No such command {name!r}.{meant}")
        return super().resolve_command(ctx, args)
