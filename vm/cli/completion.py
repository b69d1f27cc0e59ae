"""What shells offer when Tab is pressed: names of files and folders, which the shell finds itself, and of ours."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, found by the shell."""
    return [CompletionItem(incomplete, type="file")]


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, found by the shell."""
    return [CompletionItem(incomplete, type="dir")]


def names(words: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    """Find the words that begin with what has been typed."""
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]
