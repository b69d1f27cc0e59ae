"""What shells offer when Tab is pressed: names of files and folders, which the shell finds itself, and of ours.

What click has for it is imported when a shell asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, found by the shell."""
    return [item(incomplete, "file")]


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, found by the shell."""
    return [item(incomplete, "dir")]


def names(words: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    """Find the words that begin with what has been typed."""
    return [item(word) for word in words if word.startswith(incomplete)]


def item(word: str, kind: str = "plain") -> CompletionItem:
    """A word that is offered; ``kind`` is "plain", or what the shell looks for itself: "file" or "dir"."""
    from click.shell_completion import CompletionItem

    return CompletionItem(word, type=kind)
