"""README and the pages of the manual: what they show, what they name, and where they lead."""

from __future__ import annotations

import re
from pathlib import Path

from reference import ROOT

README = ROOT / "README.md"
MANUAL = ROOT / "vm" / "manual"
PAGES = [README, *sorted(MANUAL.glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```\n", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return page.stem


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code in a language, without their fences."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def commands(block: str) -> list[tuple[str, str]]:
    """Pairs of a command and the output shown for it. A command goes on behind a backslash at the end of its line."""
    parts = re.split(r"^\$ (.*)\n", block.replace("\\\n", ""), flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def shows(shown: str, printed: str) -> bool:
    """True when ``printed`` is what ``shown`` says; a line `…` stands for any lines, `…` in a line for any text."""
    pattern = ""
    for line in shown.splitlines(keepends=True):
        pattern += r"(?:.*\n)*" if line.strip() == "…" else re.escape(line).replace("…", ".*")
    return re.fullmatch(pattern, printed) is not None


def links(page: Path) -> list[str]:
    """Where a page leads: the targets of its links and pictures."""
    return LINK.findall(FENCED.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """The places on a page that a link can name: its headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_commands(page: Path) -> list[str]:
    """Every command line of ours that a page names: in a sentence, in a session, in a block of its own."""
    text = page.read_text().replace("\\\n", "")
    in_sentences = re.findall(r"`(?:\$ )?forklore ([^`]+)`", FENCED.sub("", text))
    in_blocks = re.findall(r"^(?:\$ |    )(?:.* && )?(?:\S+/)?forklore (.*)$", text, re.MULTILINE)
    return [re.split(r" (?:&&|[|>;#]) |;", line)[0] for line in [*in_sentences, *in_blocks]]
