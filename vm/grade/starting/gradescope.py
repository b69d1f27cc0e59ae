"""An autograder for Gradescope: an archive with two scripts and a lab.

Source: *Gradescope Autograder Documentation*, "Autograder Specifications": Gradescope unpacks the archive into
/autograder/source, runs setup.sh once, and run_autograder for each submission, which lies in /autograder/submission and
whose results go to /autograder/results/results.json.
"""

from __future__ import annotations

import io
import shlex
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from vm.grade.lab import Lab
from vm.grade.reading import read_lab
from vm.grade.starting.skeleton import TEMPLATES
from vm.grade.submissions import Handed, read_submission
from vm.version import VERSION

SCRIPTS = ("run_autograder", "setup.sh")
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file, the first that an archive can have: the same lab gives the same archive."""


class CannotPack(ValueError):
    """A lab cannot be taken elsewhere; the text says why."""


def autograder(tests: Path) -> bytes:
    """Return the archive for the lab whose tests are in a file: all files that it names, and its reference solution.

    Raises WrongLab for a file with mistakes, CannotPack where what it names cannot be packed, OSError.
    """
    lab = read_lab(tests)
    files = _files(tests, lab)
    _prove(tests.name, files, lab)
    packed = {f"lab/{name}": data for name, data in files.items()}
    marks = {"@TESTS@": tests.name, "@REFERENCE@": lab.reference}
    for name in SCRIPTS:
        text = (TEMPLATES / "gradescope" / name).read_text("utf-8").replace("@VERSION@", VERSION)
        for mark, value in marks.items():
            text = text.replace(mark, shlex.quote(value))
        packed[name] = text.encode("utf-8", "surrogateescape")
    return _zipped(packed)


def _files(tests: Path, lab: Lab) -> dict[str, bytes]:
    """The lab's files by their paths below its folder."""
    data = tests.read_bytes()
    files = {tests.name: data, **lab.sources}
    for name in _named(tomllib.loads(data.decode())):
        files[name] = (tests.parent / name).read_bytes()
    if lab.reference:
        reference = read_submission(Handed("reference", tests.parent / lab.reference))
        files |= {f"{PurePosixPath(lab.reference)}/{name}": data for name, data in reference.files.items()}
    return files


def _named(value: object) -> Iterator[str]:
    """The files that a table of TOML names, as ``{ file = "…" }``, or a table within it."""
    if isinstance(value, dict):
        if isinstance(value.get("file"), str):
            yield value["file"]
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _prove(name: str, files: Mapping[str, bytes], lab: Lab) -> None:
    """Raise CannotPack unless these files are the whole of a lab."""
    with tempfile.TemporaryDirectory(prefix="forklore-") as folder:
        for path, data in files.items():
            target = Path(folder, path)
            if not target.resolve().is_relative_to(Path(folder).resolve()):
                raise CannotPack(f"{path} is not below the folder of the tests: move it there")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if read_lab(Path(folder, name)).digest != lab.digest:
            raise CannotPack("what the tests depend on changed meanwhile: try again")


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive with files in the order of their names, those of SCRIPTS to be executed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3  # Unix, whose modes it has
            entry.external_attr = (0o100755 if name in SCRIPTS else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return made.getvalue()
