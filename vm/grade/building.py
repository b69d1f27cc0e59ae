"""The programs of a lab, made of what was handed in: assembled, compiled, or taken as they are.

Sources in C lie in a folder of their own while they are compiled, and the compiler reads nothing else of the host's.
What it makes does not depend on where that folder was.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from vm import toolchain
from vm.grade.images import Images
from vm.grade.lab import Lab, Program
from vm.grade.submissions import Submission
from vm.grade.verdict import Failure
from vm.kernel.exec.loader import SourceError, SourceFile
from vm.preprocessed import take_apart
from vm.reading import source_text
from vm.sources import assemble_source
from vm.spelling import suggestion
from vm.text import message, printable, shortened
from vm.values import dataclass

SECONDS = 240.0
"""How long the building of one program may take, on this computer's clock: what the compiler may take of its processor
and of memory ends it before, wherever it runs."""
LARGEST_SOURCE = 1 << 20
"""Bytes of a source, behind the preprocessor too if it is in assembly."""
MOST_LINES, LONGEST = 40, 200
"""Lines of what a compiler says that are kept, and letters of one."""
MOST_LISTED = 20
"""Files of a submission that are listed where the one that is asked for is missing."""


class CannotGrade(Exception):
    """Nothing can be graded: a program of the lab's own cannot be built, or there is no compiler. Says what to do."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was made of a submission: ``images``, the lab's own programs among them, and why what is missing is not
    there; ``warnings`` are the compiler's. Both by a program's name.
    """

    images: Images
    failures: Mapping[str, Failure]
    warnings: Mapping[str, tuple[str, ...]]


def build(lab: Lab, submission: Submission) -> Built:
    """Build all programs of a lab of a submission. Raises CannotGrade."""
    own = labs_images(lab)
    paths, files = dict(own.paths), dict(own.files)
    failures: dict[str, Failure] = {}
    warnings: dict[str, tuple[str, ...]] = {}
    with _Workshop({**_as_named(submission.files, lab), **lab.given}) as workshop:
        for program in lab.programs.values():
            if program.is_labs:
                continue
            source = next((each for each in program.sources if each in workshop.files), None)
            if source is None:
                failures[program.name] = _missing(program, workshop.files)
                continue
            try:
                files[program.path] = workshop.make(program, source)
                paths[program.name] = program.path
            except SourceError as error:
                failures[program.name] = _failed(program, source, _lines(str(error)))
            except _Late as error:
                failures[program.name] = _late(program, source, str(error))
            if workshop.said:
                warnings[program.name] = _lines(workshop.said)
    return Built(Images(paths, files), failures, warnings)


def _as_named(files: Mapping[str, bytes], lab: Lab) -> Mapping[str, bytes]:
    """The files of a submission; one alone is the source that the lab asks for, where it could be one of only one
    program, however it is called: of alice.c it is plain what it is.
    """
    programs = [each for each in lab.programs.values() if not each.is_labs]
    if len(files) != 1 or len(programs) != 1:
        return files
    [(name, data)] = files.items()
    suffix = posixpath.splitext(name)[1]
    wanted = next((each for each in programs[0].sources if suffix and posixpath.splitext(each)[1] == suffix), name)
    return {wanted: data}


_labs: dict[str, Images] = {}
"""The programs of the last lab that was asked for."""


def labs_images(lab: Lab) -> Images:
    """Build the lab's own programs, once in a process. Raises CannotGrade."""
    if lab.digest not in _labs:
        paths, files = {}, {}
        with _Workshop({**lab.given, **lab.sources}) as workshop:
            for program in (each for each in lab.programs.values() if each.is_labs):
                source = next((each for each in program.sources if each in lab.sources), None)
                if source is None:
                    raise CannotGrade(f"{program.place}: there is no {' or '.join(program.sources)} beside the tests")
                try:
                    files[program.path] = workshop.make(program, source)
                except (SourceError, _Late) as error:
                    raise CannotGrade(f"{program.place}: {source}: {error}") from None
                paths[program.name] = program.path
        _labs.clear()
        _labs[lab.digest] = Images(paths, files)
    return _labs[lab.digest]


class _Late(Exception):
    """The time to build a program is over; the text says so."""


class _Workshop:
    """Makes images of ``files``. ``said`` is what the compiler said of the last one."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.said = ""
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> _Workshop:
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def make(self, program: Program, source: str) -> bytes:
        """Make the image of a program. Raises SourceError, _Late, and CannotGrade where there is no compiler."""
        self.said = ""
        suffix = posixpath.splitext(source)[1]
        if suffix not in (".c", ".s", ".S", ".asm"):
            return self.files[source]
        for each in (source, *program.others):
            _check_size(each, len(self.files.get(each, b"")))
        if suffix == ".c":
            return self._run(toolchain.build, program, source, [os.path.relpath(each, posixpath.dirname(source) or ".")
                                                                for each in program.others])  # fmt: skip
        text, included = self.files[source], dict[str, str]()
        if suffix == ".S":
            host = self._staged() / source
            plain = self._run(toolchain.preprocess, program, source, [])
            taken = take_apart(source_text(plain), str(host.parent))
            text, included = taken.text.encode("utf-8", "surrogateescape"), taken.included
        return self._assemble(source, text, included)

    def _assemble(self, source: str, text: bytes, included: Mapping[str, str]) -> bytes:
        deadline = time.monotonic() + SECONDS
        _check_size(source, len(text))

        def read(name: str) -> bytes:
            if name in included:
                return included[name].encode("utf-8", "surrogateescape")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source), name))
            try:
                return self.files[path]
            except KeyError:
                raise FileNotFoundError(2, "not among the files that were handed in") from None

        def pulse() -> None:
            if time.monotonic() > deadline:
                raise _Late(f"the assembler was stopped after {SECONDS:.0f} seconds")

        return assemble_source(SourceFile(source, text, read, None, pulse, SECONDS, self._hear))

    def _hear(self, said: str) -> None:
        self.said += said + "\n"

    def _run(self, make: Callable[..., bytes], program: Program, source: str, others: Iterable[str]) -> bytes:
        """Let the compiler make something of a source; where the folder is does not show in it."""
        if not toolchain.is_installed():
            raise CannotGrade(toolchain.INSTALL)
        folder = self._staged()
        flags = [*program.flags, *others, f"-ffile-prefix-map={folder}=."]
        try:
            return make(folder / source, flags, [folder], SECONDS, self._hear, once=True)
        except toolchain.TooLong as error:
            raise _Late(str(error)) from None
        except toolchain.CompileError as error:
            if str(error) == toolchain.UNCONFINED or isinstance(error, toolchain.NoLibrary):
                raise CannotGrade(str(error)) from None
            raise SourceError(str(error).replace(f"{folder}/", "")) from None
        except OSError as error:
            raise SourceError(f"it cannot be compiled: {error.strerror}") from None

    def _staged(self) -> Path:
        """The folder with all files, which is made when it is first asked for."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="forklore-", ignore_cleanup_errors=True)
            stage(self.files, Path(self._folder.name).resolve())
        return Path(self._folder.name).resolve()


def _check_size(source: str, size: int) -> None:
    """Raise SourceError for a source that nobody has written."""
    if size > LARGEST_SOURCE:
        raise SourceError(f"{source}: error: more than {LARGEST_SOURCE >> 20} MiB of source")


def stage(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files below a folder that is empty, but for those with names that this computer cannot have."""
    for name, data in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except (OSError, ValueError):
            continue


def _lines(text: str) -> tuple[str, ...]:
    lines = [shortened(line.replace("\t", "    "), LONGEST) for line in message(text).rstrip().splitlines()]
    return (*lines[:MOST_LINES], *([f"… and {len(lines) - MOST_LINES:,} lines more"] if lines[MOST_LINES:] else []))


def _failed(program: Program, source: str, said: tuple[str, ...]) -> Failure:
    error = next((line for line in said if "error" in line), said[-1] if said else "")
    kind = re.sub(r"\d+", "#", error.rpartition("error:")[2] or error).strip()
    return Failure(
        kind="build", what=program.name, title=f"{source} cannot be made into a program", details=said,
        key=f"build: {program.name}: {shortened(kind, 100)}",
    )  # fmt: skip


def _late(program: Program, source: str, said: str) -> Failure:
    """What is said of a program that could not be built in time: another computer may have had enough of it."""
    return Failure(
        kind="time", what=program.name, title=f"there was no time to make {source} into a program", details=(said,),
        key=f"late: {program.name}",
    )  # fmt: skip


def _missing(program: Program, files: Mapping[str, bytes]) -> Failure:
    wanted, names = " or ".join(program.sources), sorted(files)
    more = [f"… and {len(names) - MOST_LISTED:,} more"] if len(names) > MOST_LISTED else []
    listed = [shortened(printable(name), LONGEST) for name in names[:MOST_LISTED]] or ["nothing"]
    meant = suggestion(program.sources[0], names)
    return Failure(
        kind="missing", what=program.name, title=f"{wanted} is missing{printable(meant)}", expected=(wanted,),
        came=(*listed, *more), key=f"missing: {program.name}",
    )  # fmt: skip
