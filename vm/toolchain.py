"""C for the machine: zig's clang with musl, and our vfork in front of it.

The compiler is the Python package ``ziglang``, which the extra ``forklore[c]`` installs. Each function but
:func:`is_installed` needs it.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib import metadata, util
from pathlib import Path

from vm.cache import cache_directory, is_kept, keep_file, read_sealed, write_sealed

TARGET = "riscv32-linux-musl"
FLAGS = ("-target", TARGET, "-mcpu=generic_rv32+m+a", "-static", "-fno-sanitize=undefined", "-g")
"""For RV32IMA with floating point in software, without the sanitizer that zig adds to unoptimised code."""

INSTALL = "C needs a compiler: pip install 'forklore[c]'"
"""What to tell who has none."""

BUILDING = "building the C library, which happens once and takes about a minute"
"""What to tell who must wait for the first program."""

_GUEST = Path(__file__).resolve().parent / "guest"
_NO_LINKING = ("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-r", "-shared")
_OPERANDS = ("-o", "-x", "-I", "-D", "-U", "-L", "-l", "-MF", "-MT", "-MQ", "-include", "-isystem", "-idirafter",
             "-iquote", "-T", "-z", "-e", "-u", "-Xlinker", "-Xclang", "-Xassembler", "-target", "-mllvm")  # fmt: skip
"""Options whose value may be the next argument."""

_SUFFIXES = (".c", ".i", ".s", ".S", ".o", ".a")


class CompileError(Exception):
    """A source could not be compiled or linked; the text is the compiler's."""


def is_installed() -> bool:
    """True when there is a compiler."""
    return util.find_spec("ziglang") is not None


def _zig(*arguments: str) -> list[str]:
    # -P: a module of the same name in the current folder is not ours to run.
    return [sys.executable, "-P", "-m", "ziglang", *arguments]


def is_library_built() -> bool:
    """False when the first program has still to be linked, for which the C library is compiled: about a minute."""
    marker = _library_marker()
    return marker is None or marker.exists()


def _library_marker() -> Path | None:
    folder = cache_directory("c")
    return folder / f"musl-{metadata.version('ziglang')}" if folder else None


def compiler_command(arguments: Sequence[str]) -> list[str]:
    """The command line that compiles as ``arguments``, those of a C compiler, say; with vfork, if it links.

    Raises :class:`CompileError`.
    """
    flags = [*FLAGS, "-idirafter", str(_GUEST / "include")]
    extra = [str(vfork_object())] if _links(arguments) else []
    return _zig("cc", *flags, *arguments, *extra)


def _inputs(arguments: Sequence[str]) -> Iterator[str]:
    """The files among the arguments of a compiler."""
    is_operand = False
    for argument in arguments:
        if not is_operand and not argument.startswith("-"):
            yield argument
        is_operand = not is_operand and argument in _OPERANDS


def _links(arguments: Sequence[str]) -> bool:
    """True when a compiler called so links, and has something to link."""
    return not any(argument in _NO_LINKING for argument in arguments) and any(_inputs(arguments))


def missing_inputs(arguments: Sequence[str]) -> list[str]:
    """The files among the arguments of a compiler that do not exist, as far as their names say what they are."""
    return [name for name in _inputs(arguments) if name.endswith(_SUFFIXES) and not os.path.exists(name)]


def run_compiler(arguments: Sequence[str]) -> int:
    """Compile on the terminal, as ``cc`` with these arguments; the exit status. :class:`CompileError`."""
    status = subprocess.run(compiler_command(arguments), check=False).returncode
    if status == 0 and _links(arguments):
        _note_library()
    return status if status >= 0 else 128 - status


def _note_library() -> None:
    marker = _library_marker()
    if marker is not None:
        marker.touch()


def _compile(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise CompileError(done.stderr.decode(errors="replace").rstrip())


def _folder() -> Path:
    """The cache's folder, or without one a folder of this process."""
    return cache_directory("c") or Path(_passing_folder().name)


@cache
def _passing_folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="forklore-")
    atexit.register(folder.cleanup)
    return folder


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr([metadata.version("ziglang"), FLAGS, *parts]).encode()).hexdigest()[:32]


def vfork_object() -> Path:
    """The object file that holds our vfork, assembled when it is first asked for. :class:`CompileError`.

    It is linked as an object and not as a source, so that the compiler writes one list of dependencies: the program's.
    """
    source = _GUEST / "vfork.S"
    folder = _folder()
    target = folder / f"vfork-{_digest(source.read_bytes())}.o"
    if not is_kept(target):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            built = Path(name) / target.name
            _compile(_zig("cc", *FLAGS, "-c", source.name, "-o", str(built)), source.parent)
            keep_file(built, target)
    return target


def build(source: Path, flags: Sequence[str] = ()) -> bytes:
    """The image of a program of one source; compiled anew when it, a file that it includes or ``flags`` change.

    :class:`CompileError` has what the compiler said; OSError if there is no such file.
    """
    source = source.resolve()
    shim = vfork_object()
    folder = _folder()
    kept = folder / f"{_digest(str(source), list(flags), shim.name)}.image"
    image = _read_kept(kept)
    if image is None:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            image = _build(source, flags, Path(name), kept)
    return image


def _build(source: Path, flags: Sequence[str], scratch: Path, kept: Path) -> bytes:
    """Compile and link in the source's own folder, so that messages and __FILE__ do not depend on ours."""
    target, listed = scratch / "image", scratch / "dependencies"
    _compile(compiler_command([*flags, "-MMD", "-MF", str(listed), source.name, "-o", str(target)]), source.parent)
    _note_library()
    image = target.read_bytes()
    files = [source.parent / name for name in _dependencies(listed.read_text("utf-8", "surrogateescape"))]
    digests = {os.fspath(file): _file_digest(file) for file in files}
    with suppress(OSError):
        write_sealed(kept, json.dumps(digests).encode() + b"\n" + image)
    return image


def _dependencies(rule: str) -> list[str]:
    """The prerequisites of a make rule as compilers write it."""
    words = re.findall(r"(?:\\[ #]|\$\$|\S)+", rule.partition(":")[2].replace("\\\n", " "))
    return [re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in words]


def _file_digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _read_kept(kept: Path) -> bytes | None:
    """A compiled image, if all that it was made from is unchanged."""
    content = read_sealed(kept)
    if content is None:
        return None
    head, _, image = content.partition(b"\n")
    digests: dict[str, str] = json.loads(head)
    try:
        return image if all(_file_digest(Path(name)) == digest for name, digest in digests.items()) else None
    except OSError:
        return None
