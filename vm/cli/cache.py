"""``forklore cache``: what is kept, where, and how much of it; clear it, or share it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from vm import library
from vm.cache import bound, cache_directory, places
from vm.cli import fail, say
from vm.quantities import plural, size

ZIG = "zig"
"""The compiler's own cache, beside the kinds of ours."""
_ZIG_FOLDERS = ("b", "h", "o", "p", "tmp", "z")
KINDS = (*(kind.name for kind in bound.KINDS), ZIG)


@click.command("cache")
@click.option("--clear", is_flag=True, help="Remove it, or only the kinds that are named; zig's only if it is.")
@click.option(
    "--share", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Fill DIR with all that a machine needs, for others to read.",
)  # fmt: skip
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS), metavar="[KIND]...")
def command(clear: bool, share: Path | None, kinds: tuple[str, ...]) -> None:
    """Show what is kept of what was compiled, where, and how much: of each KIND, or those named.

    All of it is made again when it is missing. KIND is machine, translations, c, host, or zig, the compiler's own.
    FORKLORE_CACHE names another folder, and FORKLORE_CACHE_SIZE how large it may become (512M); then goes what was not
    used for longest. A folder that --share has filled is read by whoever names it in FORKLORE_SHARED_CACHE.
    """
    if share is not None:
        share_with_others(share)
        return
    for reason in places.refusals():
        say(reason)
    root = cache_directory()
    if clear:
        clear_kinds(root, kinds or [kind.name for kind in bound.KINDS])
        return
    show(root, kinds or KINDS)


def show(root: Path | None, kinds: Sequence[str]) -> None:
    """Print a table of what is kept."""
    units = [] if root is None else bound.units(root)
    if root is not None:
        total = sum(unit.size for unit in units)
        click.echo(f"{shown(root)}: {size(total)}, at most {size(bound.limit())}")
    for kind in bound.KINDS if root is not None else ():
        own = [unit for unit in units if unit.kind == kind]
        if kind.name in kinds:
            versions = f", {plural(len(own), 'version')}" if kind.versions is not None else ""
            files = sum(len(unit.files) for unit in own)
            click.echo(_row(kind.name, files, sum(unit.size for unit in own), f"{kind.text}{versions}"))
    zig = library.zig_cache()
    if ZIG in kinds and zig is not None and zig.is_dir():
        files, held = _measure(zig)
        click.echo(f"{shown(zig)}: {size(held)}")
        click.echo(_row(ZIG, files, held, "the compiler's own, with the C library"))
    chosen = os.environ.get("FORKLORE_SHARED_CACHE")
    if chosen and not places.shared_refusal(chosen):
        files = sum(len(unit.files) for unit in bound.units(Path(chosen)))
        click.echo(f"{shown(Path(chosen))}: shared, read before yours: {plural(files, 'file')}")


def _row(name: str, files: int, taken: int, text: str) -> str:
    noun = "file " if files == 1 else "files"
    return f"  {name:<13}{files:>7,} {noun} {size(taken):>10}  {text}"


def shown(path: Path) -> str:
    """A path as people write it, from their home on."""
    home = os.path.expanduser("~")
    text = os.fspath(path)
    return "~" + text[len(home) :] if home != "/" and text.startswith(f"{home}/") else text


def _measure(folder: Path) -> tuple[int, int]:
    """(files, bytes) below a folder."""
    count = total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
            count += 1
    return count, total


def clear_kinds(root: Path | None, kinds: Sequence[str]) -> None:
    """Remove what is kept of these kinds, and say how much that was."""
    chosen = [unit for unit in bound.units(root) if unit.kind.name in kinds] if root is not None else []
    files, freed = sum(len(unit.files) for unit in chosen), sum(unit.size for unit in chosen)
    for unit in chosen:
        unit.remove()
    zig = library.zig_cache()
    if ZIG in kinds and zig is not None:
        more, bytes_more = _measure(zig)
        files, freed = files + more, freed + bytes_more
        for name in _ZIG_FOLDERS:
            shutil.rmtree(zig / name, ignore_errors=True)
        library.forget_library()
    click.echo(f"removed {plural(files, 'file')}, {size(freed)}")


def share_with_others(folder: Path) -> None:
    """Fill ``folder`` in a process of its own, whose cache it is, and open it for everybody to read."""
    folder = Path(os.path.abspath(folder))
    environment = {**os.environ, "FORKLORE_CACHE": os.fspath(folder)}
    environment.pop("FORKLORE_SHARED_CACHE", None)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    except OSError as error:
        fail(f"{folder}: {error.strerror}")
    if reason := places.shared_refusal(os.fspath(folder)):
        fail(f"{folder}: nobody would use it as a shared cache: {reason}")
    say("compiling the machine, the checker and what is in /bin, which takes a minute or two")
    code = "from vm.cli.cache import fill; fill()"
    done = subprocess.run([sys.executable, "-P", "-c", code], env=environment, check=False)
    if done.returncode:
        fail(f"{folder}: it could not be filled")
    for place, _, names in os.walk(folder):
        os.chmod(place, 0o755)
        for name in names:
            os.chmod(os.path.join(place, name), 0o644)
    files = sum(len(unit.files) for unit in bound.units(folder))
    click.echo(f"{folder}: {plural(files, 'file')}; others use it with")
    click.echo(f"  export FORKLORE_SHARED_CACHE={folder}")


def fill() -> None:
    """Compile all that runs have in common, into the cache of this process."""
    if cache_directory() != Path(os.environ["FORKLORE_CACHE"]):
        fail("\n".join(places.refusals()))
    from vm import userland
    from vm.native import jit, parts

    try:
        jit.prepare(parts.ALL)
        for make in userland.programs().values():
            make()
    except parts.CannotCompile as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(1)  # the command that started this one says so
