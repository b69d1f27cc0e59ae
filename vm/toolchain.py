"""C for the machine: zig's clang with musl, and our vfork in front of it.

The compiler is the Python package ``ziglang``, which the extra ``c`` installs. Each function but
:func:`is_installed` needs it.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import util
from pathlib import Path
from typing import TypeVar

from vm import confine
from vm.cache import (
    cache_directory,
    is_kept,
    keep_file,
    read_sealed,
    shared_directory,
    unfinished,
    write_sealed,
)
from vm.elf.strip import strip
from vm.library import STRIP, announce_library, is_library_built, note_library, zig_cache
from vm.library import is_installed as is_installed
from vm.linker import plain_errors
from vm.linking import ASSEMBLY, Link, inputs, spelled_for_zig, what_is_linked
from vm.reading import IMAGE_LIMIT, SOURCE_LIMIT, read_bounded

TARGET = "riscv32-linux-musl"
FLAGS = ("-target", TARGET, "-mcpu=generic_rv32+m+a", "-static", "-fno-sanitize=undefined", "-g",
         "-UNDEBUG")  # fmt: skip
"""For RV32IMA with floating point in software, without the sanitizer that zig adds to unoptimised code, and with the
assertions that it takes out of optimised code."""

THREAD_STACK = "-Wl,-z,stack-size=131072"
"""What musl gives a thread for a stack where an image does not say: zig's linker would say 16 MiB, which a machine that
promises no memory twice has only for a few."""

INSTALL = "C needs a compiler: pip install ziglang"
"""What to tell who has none."""

UNCONFINED = (
    "C that is not to read other files is compiled only where the kernel can confine the compiler (Landlock, since "
    "Linux 5.19); compile it first, with forklore cc"
)
"""What to tell who has an older kernel, or another."""

STOPPED = (
    f"the compiler was ended by a signal; for sources of others it has {confine.SECONDS} seconds of processor time and "
    f"{confine.MEMORY_LIMIT >> 30} GiB of memory"
)
"""What to tell of a compiler that a signal has ended."""

SECONDS = 300
"""Time after which the compiler is stopped at the latest, on this computer's clock."""

LIBRARY_SECONDS = 600
"""The same for the C library, which is built for the first program and has a time of its own."""

ROOM = 4 << 20
"""Bytes that a compiler needs for one program, about."""

_GUEST = Path(__file__).resolve().parent / "guest"

_TERSE = ("-ferror-limit=20", "-fno-crash-diagnostics")
"""For sources of others: a thousand errors take minutes, and what a compiler tells its authors of is full of paths."""

SAID_LIMIT = 64 << 10
"""Bytes of what the compiler says of one program that are kept and passed on."""

_HEADERS = ("riscv32-linux-musl", "generic-musl", "riscv-linux-any", "any-linux-any")
"""Folders of the C library's headers, which zig leaves out together with the library."""


class CompileError(Exception):
    """A source could not be compiled or linked; the text is the compiler's."""


class TooLong(CompileError):
    """The compiler was stopped by this computer's clock."""


class NoLibrary(CompileError):
    """The C library could not be built, whatever a program's source is."""


def _zig(*arguments: str) -> list[str]:
    # -P: a module of the same name in the current folder is not ours to run.
    return [sys.executable, "-P", "-m", "ziglang", *arguments]


def compiler_command(arguments: Sequence[str], folder: Path | None = None) -> list[str]:
    """The command line that compiles as ``arguments``, those of a C compiler, say in ``folder``; with vfork, if it
    links.

    Raises :class:`CompileError`.
    """
    link = what_is_linked(arguments, folder or Path())
    flags = [*FLAGS, "-idirafter", str(_GUEST / "include")]
    if "-nostdlib" in arguments or link is Link.OWN_START:
        headers = _package() / "lib" / "libc" / "include"
        flags += [f"-idirafter{headers / name}" for name in _HEADERS]
    if link in (Link.OWN_START, Link.BARE):
        flags.append("-nostdlib")
    elif link is Link.HOSTED:
        flags.append(THREAD_STACK)
    if any(name.endswith(ASSEMBLY) for name in inputs(arguments)):
        flags.append("-Wno-unused-command-line-argument")  # the assembler has no use for our headers
    return _zig("cc", *flags, *spelled_for_zig(arguments, link), *map(str, _linked_with(link)))


def _linked_with(link: Link) -> list[Path]:
    """The files that are linked behind those of a program."""
    if link is Link.BARE:
        return [_vfork_archive()]
    if link is Link.OWN_START:
        return [vfork_object(), *_library_files()]
    return [vfork_object()] if link is Link.HOSTED else []


def needs_library(arguments: Sequence[str]) -> bool:
    """True when a compiler called so links the C library, which may have to be built first."""
    return what_is_linked(arguments, Path()) in (Link.HOSTED, Link.OWN_START)


def run_compiler(arguments: Sequence[str]) -> int:
    """Compile on the terminal, as ``cc`` with these arguments; the exit status. :class:`CompileError`."""
    if needs_library(arguments):
        announce_library(arguments)
    with tempfile.TemporaryDirectory(prefix="forklore-") as folder:
        status = subprocess.run(
            compiler_command(arguments), env=_environment(Path(folder), None), check=False
        ).returncode  # fmt: skip
    if status == 0 and needs_library(arguments):
        note_library(arguments)
    return status if status >= 0 else 128 - status


def _environment(scratch: Path, kept: Path | None) -> dict[str, str]:
    """What zig is started with: what it finds that it has compiled before it compiles without a warning, so objects
    of programs are not left to it. The C library it keeps in ``kept``; None is where it does so by itself.
    """
    places = {"ZIG_LOCAL_CACHE_DIR": os.fspath(scratch)}
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        places["ZIG_GLOBAL_CACHE_DIR"] = os.fspath(kept)
    return {**os.environ, **places}


def prepare_library(arguments: Sequence[str]) -> None:
    """Build the C library for a compiler called with these arguments, if that has still to be done: what a program may
    take does not count that. :class:`NoLibrary`, OSError.
    """
    if is_library_built(arguments):
        return
    level = [argument for argument in arguments if argument.startswith("-O") or argument == STRIP]

    def make(folder: Path, kept: Path | None) -> None:
        if is_library_built(arguments, kept):
            return
        announce_library(arguments, kept)
        (folder / "nothing.c").write_text("int main(void) { return 0; }\n")
        command = _zig("cc", *FLAGS, *level, "nothing.c", "-o", str(folder / "nothing"))
        _compile(command, folder, LIBRARY_SECONDS, _environment(folder, kept))
        note_library(arguments, kept)

    try:
        _somewhere(make)
    except CompileError as error:
        raise NoLibrary(f"the C library cannot be built: {error}") from None


def _library_files() -> list[Path]:
    """The archives that zig links a program with, as it tells of one that does nothing. :class:`CompileError`."""

    def tell(folder: Path, kept: Path | None) -> str:
        (folder / "nothing.c").write_text("int main(void) { return 0; }\n")
        command = _zig("cc", *FLAGS, "nothing.c", "-o", "nothing")
        announce_library([], kept)
        said = _compile(command, folder, SECONDS, {**_environment(folder, kept), "ZIG_VERBOSE_LINK": "1"})
        note_library([], kept)
        return said

    told = _somewhere(tell)
    return [Path(word) for word in told.split() if word.endswith(".a")]


def _compile(command: Sequence[str], folder: Path, seconds: float, environment: Mapping[str, str] | None = None) -> str:
    """Run a compiler in ``folder``, for so many seconds at most; what it said. :class:`CompileError`."""
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    ) as compiler:  # fmt: skip
        try:
            told, _ = compiler.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TooLong(f"the compiler was stopped after {seconds:.0f} seconds") from None
        finally:
            with suppress(ProcessLookupError):  # whatever it has started goes with it
                os.killpg(compiler.pid, signal.SIGKILL)
    said = told.decode(errors="replace").rstrip()
    if compiler.returncode < 0:
        raise CompileError(f"{STOPPED}\n{said}".rstrip())
    if compiler.returncode:
        raise CompileError(said)
    return said


def _confined(
    command: Sequence[str], roots: Sequence[Path], scratch: Path, kept: Path
) -> tuple[list[str], dict[str, str]]:
    """The call of zig ``command``, and its environment, for a compiler that reads nothing but what lies below
    ``roots`` and what it needs. Only reading is confined; it is told to write to ``scratch``, and to keep the C library
    in ``kept``. :class:`CompileError`.
    """
    if not confine.is_supported():
        raise CompileError(UNCONFINED)
    package, environment = _package(), _environment(scratch, kept)
    folders = [*roots, package, _GUEST, vfork_object(), kept, scratch, Path("/dev/null")]
    start = [sys.executable, "-P", confine.__file__, *map(os.fspath, folders), "--", os.fspath(package / "zig")]
    # What was compiled without this, or below other folders, must not be taken for the same: zig keeps it too.
    mark = f"-D__forklore_confined={_digest(*map(str, roots))}"
    first, *more = command[command.index("ziglang") + 1 :]
    arguments = [first, *more, *_TERSE] if first == "cc" else [first, *more]
    # What the C library is made of, the first time, goes through temporary files.
    return [*start, *arguments, mark], {**environment, "TMPDIR": os.fspath(scratch)}


def _package() -> Path:
    """The folder of the Python package that the compiler is in."""
    found = util.find_spec("ziglang")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


_Made = TypeVar("_Made")


def _somewhere(make: Callable[[Path, Path | None], _Made]) -> _Made:
    """What ``make`` makes in a folder of its own, where zig keeps things in a second one, None being its own.

    The first lies in the cache; where that or zig's cannot be written, what cannot lies in a folder of this process,
    and is made again by the next. CompileError, OSError.
    """
    folder, kept = cache_directory("c"), zig_cache()
    if folder is not None and kept is not None:
        with suppress(OSError), unfinished(folder) as name:
            try:
                return make(Path(name), None)
            except CompileError:
                if _has_room(Path(name)) and _has_room(kept):
                    raise
    passing = Path(_passing_folder().name)
    with unfinished(passing) as name:
        return make(Path(name), None if kept is not None and _has_room(kept) else passing / "zig")


def _has_room(folder: Path) -> bool:
    """Whether a compiler can have written to a folder: what it says when it could not is hard to tell from the rest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
    except OSError:
        return False
    return True


def _find_kept(name: str) -> Path | None:
    """Where a file is kept that other programs read."""
    if _passing_folder.cache_info().currsize and is_kept(Path(_passing_folder().name) / name):
        return Path(_passing_folder().name) / name
    for folder, is_shared in ((shared_directory("c"), True), (cache_directory("c"), False)):
        if folder is not None and is_kept(folder / name, shared=is_shared):
            return folder / name
    return None


@cache
def _passing_folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="forklore-")
    atexit.register(folder.cleanup)
    return folder


def _digest(*parts: object) -> str:
    from importlib import metadata  # which takes longer than all else that this module needs

    return hashlib.sha256(repr([metadata.version("ziglang"), FLAGS, *parts]).encode()).hexdigest()[:32]


def vfork_object(seconds: float = SECONDS) -> Path:
    """The object file that holds our vfork, assembled when it is first asked for, in so many seconds at most.

    :class:`CompileError`.

    It is linked as an object and not as a source, so that the compiler writes one list of dependencies: the program's.
    Its debug information says where its source lies, so each installation has one of its own.
    """
    source = _GUEST / "vfork.S"
    name = f"vfork-{_digest(str(source), source.read_bytes())}.o"

    def make(scratch: Path, kept: Path | None) -> Path:
        command = _zig("cc", *FLAGS, "-c", source.name, "-o", str(scratch / name))
        _compile(command, source.parent, seconds, _environment(scratch, kept))
        keep_file(scratch / name, scratch.parent / name)
        return scratch.parent / name

    return _find_kept(name) or _somewhere(make)


def _vfork_archive() -> Path:
    """An archive of the same, for programs without the C library: it is linked only where there is a use for it."""
    member = vfork_object()
    name = member.with_suffix(".a").name

    def make(scratch: Path, kept: Path | None) -> Path:
        _compile(_zig("ar", "rcs", name, str(member)), scratch, SECONDS, _environment(scratch, kept))
        keep_file(scratch / name, scratch.parent / name)
        return scratch.parent / name

    return _find_kept(name) or _somewhere(make)


def build(
    source: Path,
    flags: Sequence[str] = (),
    roots: Sequence[Path] | None = None,
    seconds: float = SECONDS,
    warn: Callable[[str], None] = lambda said: None,
    *,
    once: bool = False,
) -> bytes:
    """The image of a program of one source; compiled anew when it, a file that it includes or ``flags`` change.

    With ``roots`` the compiler reads nothing of the host's but what lies below these folders, wherever links lead: no
    included file, no ``.incbin`` of inline assembly, no script of the linker's shows another.

    ``warn`` is told what the compiler said, of an image that was kept as well. The compiler is stopped after so many
    ``seconds``, on this computer's clock; the C library, which may have to be built first, has a time of its own. What
    it made is kept for the next time, unless it is for ``once``. :class:`CompileError` has what it said; OSError if
    there is no such file.
    """
    return _made("image", source, flags, roots, seconds, warn, once)


def preprocess(
    source: Path,
    flags: Sequence[str] = (),
    roots: Sequence[Path] | None = None,
    seconds: float = SECONDS,
    warn: Callable[[str], None] = lambda said: None,
    *,
    once: bool = False,
) -> bytes:
    """The text of an assembly source behind the C preprocessor, with its line markers; as :func:`build`."""
    return _made("text", source, flags, roots, seconds, warn, once)


def _made(
    kind: str, source: Path, flags: Sequence[str], roots: Sequence[Path] | None, seconds: float,
    warn: Callable[[str], None], once: bool,
) -> bytes:  # fmt: skip
    """What the compiler makes of a source, or has made of it."""
    source = source.resolve()
    roots = None if roots is None else [folder.resolve() for folder in roots]
    shim = vfork_object(seconds)
    name = f"{_digest(str(source), list(flags), shim.name, roots and list(map(str, roots)))}.{kind}"
    found = None if once else _read_kept(name)
    if found is None and kind == "image" and what_is_linked([*flags, source.name], source.parent) is Link.HOSTED:
        prepare_library([flag for flag in flags if flag != STRIP])
    end = time.monotonic() + seconds

    def make(scratch: Path, kept: Path | None) -> tuple[str, bytes]:
        target = None if once else scratch.parent / name
        return _make(kind, source, flags, roots, scratch, kept, target, end - time.monotonic())

    said, content = found or _somewhere(make)
    if said:
        warn(said)
    return content


def _make(
    kind: str, source: Path, flags: Sequence[str], roots: Sequence[Path] | None, scratch: Path, zig: Path | None,
    target: Path | None, seconds: float,
) -> tuple[str, bytes]:  # fmt: skip
    """Compile and link, or preprocess, in the source's own folder, so that messages and __FILE__ do not depend on
    ours; what the compiler said, and what it made, which ``target`` keeps, where there is one.

    Names are left out of the image here: for programs without them zig builds the whole C library once more.
    """
    is_stripped, flags = kind == "image" and STRIP in flags, [flag for flag in flags if flag != STRIP]
    built, listed = scratch / kind, scratch / "dependencies"
    stage = [] if kind == "image" else ["-E", "-Wno-unused-command-line-argument"]
    arguments = [*flags, *stage, "-MMD", "-MF", str(listed), source.name, "-o", str(built)]
    command, environment = compiler_command(arguments, source.parent), _environment(scratch, zig)
    if roots is not None:
        command, environment = _confined(command, roots, scratch, zig or zig_cache() or scratch / "zig")
    try:
        said = _compile(command, source.parent, seconds, environment)[:SAID_LIMIT]
    except CompileError as error:
        raise CompileError(plain_errors(str(error), source.name)) from None
    if not (built.exists() and listed.exists()):  # zig ends well though its compiler did not
        raise CompileError("\n".join([said, f"the compiler made no {kind}"]).lstrip())
    content = read_bounded(built, IMAGE_LIMIT if kind == "image" else SOURCE_LIMIT)
    if is_stripped:
        with suppress(ValueError):  # it is no image of ours, which the loader tells
            content = strip(content)
    if target is None:
        return said, content
    files = [source.parent / name for name in _dependencies(listed.read_text("utf-8", "surrogateescape"))]
    with suppress(OSError):  # a device among them, say: what it held, it need not hold again
        digests = {os.fspath(file): _file_digest(file) for file in files}
        write_sealed(target, json.dumps([digests, said]).encode() + b"\n" + content)
    return said, content


def _dependencies(rule: str) -> list[str]:
    """The prerequisites of a make rule as compilers write it."""
    words = re.findall(r"(?:\\[ #]|\$\$|\S)+", rule.partition(":")[2].replace("\\\n", " "))
    return [re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in words]


def _file_digest(file: Path) -> str:
    return hashlib.sha256(read_bounded(file, IMAGE_LIMIT)).hexdigest()


def _read_kept(name: str) -> tuple[str, bytes] | None:
    """What the compiler said and made, if all that it was made from is unchanged."""
    content = None
    for folder, is_shared in ((shared_directory("c"), True), (cache_directory("c"), False)):
        if content is None and folder is not None:
            content = read_sealed(folder / name, shared=is_shared)
    if content is None:
        return None
    head, _, made = content.partition(b"\n")
    digests: dict[str, str]
    digests, said = json.loads(head)
    try:
        unchanged = all(_file_digest(Path(name)) == digest for name, digest in digests.items())
    except OSError:
        return None
    return (said, made) if unchanged else None
