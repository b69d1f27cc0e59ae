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
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import metadata, util
from pathlib import Path

from vm import confine
from vm.cache import cache_directory, is_kept, keep_file, read_sealed, write_sealed
from vm.reading import IMAGE_LIMIT, read_bounded

TARGET = "riscv32-linux-musl"
FLAGS = ("-target", TARGET, "-mcpu=generic_rv32+m+a", "-static", "-fno-sanitize=undefined", "-g")
"""For RV32IMA with floating point in software, without the sanitizer that zig adds to unoptimised code."""

INSTALL = "C needs a compiler: pip install 'forklore[c]'"
"""What to tell who has none."""

BUILDING = "building the C library, which happens once and takes about a minute"
"""What to tell who must wait for the first program."""

UNCONFINED = (
    "C that is not to read other files is compiled only where the kernel can confine the compiler (Landlock, since "
    "Linux 5.19); compile it first, with forklore cc"
)
"""What to tell who has an older kernel, or another."""

SECONDS = 300
"""Time after which the compiler is stopped at the latest, on this computer's clock."""

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


def _compile(
    command: Sequence[str], folder: Path, seconds: float, environment: Mapping[str, str] | None = None
) -> None:
    """Run a compiler in ``folder``, for so many seconds at most; :class:`CompileError`."""
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    ) as compiler:  # fmt: skip
        try:
            told, _ = compiler.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise CompileError(f"the compiler was stopped after {seconds:.0f} seconds") from None
        finally:
            with suppress(ProcessLookupError):  # whatever it has started goes with it
                os.killpg(compiler.pid, signal.SIGKILL)
    if compiler.returncode:
        raise CompileError(told.decode(errors="replace").rstrip())


def _confined(command: Sequence[str], roots: Sequence[Path], scratch: Path) -> tuple[list[str], dict[str, str]]:
    """The call of zig ``command``, and its environment, for a compiler that reads nothing but what lies below
    ``roots`` and what it needs. Only reading is confined; it is told to write to ``scratch``. :class:`CompileError`.
    """
    if not confine.is_supported():
        raise CompileError(UNCONFINED)
    found = util.find_spec("ziglang")
    assert found is not None
    assert found.origin is not None
    package, kept = Path(found.origin).parent, _zig_cache(scratch)
    folders = [*roots, package, _GUEST, vfork_object(), kept, scratch, Path("/dev/null")]
    start = [sys.executable, "-P", confine.__file__, *map(os.fspath, folders), "--", os.fspath(package / "zig")]
    # What was compiled without this, or below other folders, must not be taken for the same: zig keeps it too.
    mark = f"-D__forklore_confined={_digest(*map(str, roots))}"
    arguments = list(command[command.index("ziglang") + 1 :])
    names = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
    # What the C library is made of, the first time, goes through temporary files.
    places = {**dict.fromkeys(names, os.fspath(kept)), "TMPDIR": os.fspath(scratch)}
    return [*start, *arguments, mark], {**os.environ, **places}


def _zig_cache(scratch: Path) -> Path:
    """The folder where zig keeps what it has compiled, the C library among it."""
    home = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("HOME") and os.path.join(os.environ["HOME"], ".cache"))
    kept = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or (os.path.join(home, "zig") if home else scratch / "zig")
    Path(kept).mkdir(parents=True, exist_ok=True)
    return Path(kept)


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


def vfork_object(seconds: float = SECONDS) -> Path:
    """The object file that holds our vfork, assembled when it is first asked for, in so many seconds at most.

    :class:`CompileError`.

    It is linked as an object and not as a source, so that the compiler writes one list of dependencies: the program's.
    """
    source = _GUEST / "vfork.S"
    folder = _folder()
    target = folder / f"vfork-{_digest(source.read_bytes())}.o"
    if not is_kept(target):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            built = Path(name) / target.name
            _compile(_zig("cc", *FLAGS, "-c", source.name, "-o", str(built)), source.parent, seconds)
            keep_file(built, target)
    return target


def build(
    source: Path, flags: Sequence[str] = (), roots: Sequence[Path] | None = None, seconds: float = SECONDS
) -> bytes:
    """The image of a program of one source; compiled anew when it, a file that it includes or ``flags`` change.

    With ``roots`` the compiler reads nothing of the host's but what lies below these folders, wherever links lead: no
    included file, no ``.incbin`` of inline assembly, no script of the linker's shows another.

    The compiler is stopped after so many ``seconds``, on this computer's clock. :class:`CompileError` has what it said;
    OSError if there is no such file.
    """
    end = time.monotonic() + seconds
    source = source.resolve()
    roots = None if roots is None else [folder.resolve() for folder in roots]
    shim = vfork_object(seconds)
    folder = _folder()
    kept = folder / f"{_digest(str(source), list(flags), shim.name, roots and list(map(str, roots)))}.image"
    image = _read_kept(kept)
    if image is None:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            image = _build(source, flags, roots, Path(name), kept, end - time.monotonic())
    return image


def _build(
    source: Path, flags: Sequence[str], roots: Sequence[Path] | None, scratch: Path, kept: Path, seconds: float
) -> bytes:
    """Compile and link in the source's own folder, so that messages and __FILE__ do not depend on ours."""
    target, listed = scratch / "image", scratch / "dependencies"
    command = compiler_command([*flags, "-MMD", "-MF", str(listed), source.name, "-o", str(target)])
    environment = None
    if roots is not None:
        command, environment = _confined(command, roots, scratch)
    _compile(command, source.parent, seconds, environment)
    if not target.exists():  # zig ends well though its compiler did not
        raise CompileError("the compiler made no image")
    _note_library()
    image = read_bounded(target, IMAGE_LIMIT)
    files = [source.parent / name for name in _dependencies(listed.read_text("utf-8", "surrogateescape"))]
    with suppress(OSError):  # a device among them, say: what it held, it need not hold again
        digests = {os.fspath(file): _file_digest(file) for file in files}
        write_sealed(kept, json.dumps(digests).encode() + b"\n" + image)
    return image


def _dependencies(rule: str) -> list[str]:
    """The prerequisites of a make rule as compilers write it."""
    words = re.findall(r"(?:\\[ #]|\$\$|\S)+", rule.partition(":")[2].replace("\\\n", " "))
    return [re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in words]


def _file_digest(file: Path) -> str:
    return hashlib.sha256(read_bounded(file, IMAGE_LIMIT)).hexdigest()


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
