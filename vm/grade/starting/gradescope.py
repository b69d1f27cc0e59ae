"""An autograder for Gradescope: an archive with two scripts and a lab.

Source: *Gradescope Autograder Documentation*, "Autograder Specifications": Gradescope unpacks the archive into
/autograder/source, runs setup.sh once, and run_autograder for each submission, which lies in /autograder/submission and
whose results go to /autograder/results/results.json.
"""

from __future__ import annotations

import io
import shlex
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from vm.grade.lab import Lab
from vm.grade.reading import read_lab, read_with_files
from vm.grade.starting.skeleton import INSTALL, TEMPLATES

SCRIPTS = ("run_autograder", "setup.sh")
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file, the first that an archive can have: the same lab gives the same archive."""


class CannotPack(ValueError):
    """A lab cannot be taken elsewhere; the text says why."""


def autograder(tests: Path, install: str = INSTALL) -> bytes:
    """Return the archive for the lab whose tests are in a file: all files that it names, and its reference solution.

    ``install`` is what pip installs.

    Raises WrongLab for a file with mistakes, CannotPack where what it names cannot be packed, OSError.
    """
    lab, named = read_with_files(tests)
    files = {tests.name: tests.read_bytes(), **named}
    _prove(tests.name, files, lab)
    packed = {f"lab/{name}": data for name, data in files.items()}
    marks = {"@TESTS@": tests.name, "@REFERENCE@": lab.reference, "@INSTALL@": install}
    for name in SCRIPTS:
        text = (TEMPLATES / "gradescope" / name).read_text("utf-8")
        for mark, value in marks.items():
            text = text.replace(mark, shlex.quote(value))
        packed[name] = text.encode("utf-8", "surrogateescape")
    return _zipped(packed)


def _prove(name: str, files: Mapping[str, bytes], lab: Lab) -> None:
    """Raise CannotPack unless these files are the whole of a lab."""
    with tempfile.TemporaryDirectory(prefix="forklore-") as folder:
        for path, data in files.items():
            target = Path(folder, path)
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
