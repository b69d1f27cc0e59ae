"""Labs: a file with tests, read and checked as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from vm.grade.lab import SCHEMA_VERSION, Lab, Place, Program, Test
from vm.grade.reading.documents import Node, parse
from vm.grade.reading.folder import LabFolder, digest_of
from vm.grade.reading.kinds import Context, Fields
from vm.grade.reading.problems import Problems, Refused
from vm.grade.reading.tables import LAB
from vm.grade.reading.tests import make_tests
from vm.reading import read_bounded
from vm.text import brief

LARGEST = 256 << 10
"""Bytes of a file with tests."""


def read_lab(path: str | os.PathLike[str], *, seed: int | None = None) -> Lab:
    """Read a file with tests, and the files that it names; ``seed`` replaces its own.

    Nothing outside its folder is read. The digest is the file's, whatever the seed, without its comments and white
    space. Raises WrongLab, which has all that is wrong.
    """
    return read_with_files(path, seed=seed)[0]


def read_with_files(path: str | os.PathLike[str], *, seed: int | None = None) -> tuple[Lab, dict[str, bytes]]:
    """Read a lab as :func:`read_lab` does, and return it with the files that it needs, by their names below its folder.

    They are those that it names, and the reference solution's; its own is not among them.
    """
    file = os.fspath(path)
    problems = Problems(file)
    top = _document(file, problems)
    context = Context(problems, LabFolder(Path(file).parent))
    context.has_reference = "reference" in top.content
    fields = LAB.read(top, "the file", context)
    if seed is not None:
        fields["seed"] = seed
    lab = _lab(fields, top, Path(file), context)
    problems.check()
    return lab, context.folder.taken


def _document(file: str, problems: Problems) -> Node:
    """The document, of a version that is known. Raises WrongLab."""
    try:
        top = parse(read_bounded(file, LARGEST))
        _check_version(top)
    except (OSError, ValueError) as error:
        _refuse(error, problems)
    return top


def _refuse(error: Exception, problems: Problems) -> NoReturn:
    if isinstance(error, Refused):
        problems.refuse(error, 1)
    elif isinstance(error, IsADirectoryError):
        problems.add(1, "this is a folder", "name the file with the tests that is in it")
    else:
        problems.add(1, str(getattr(error, "strerror", None) or error))
    problems.check()
    raise AssertionError("there is a problem")


def _check_version(top: Node) -> None:
    version = top.content.get("forklore")
    if version is not None and isinstance(version.content, int) and version.content > SCHEMA_VERSION:
        raise Refused(
            f"the tests are written in version {brief(version.content)} of their description; this Forklore knows "
            f"version {SCHEMA_VERSION}",
            "a newer one may know it: pip install --upgrade forklore",
            version.line,
        )


def _lab(fields: Fields, top: Node, file: Path, context: Context) -> Lab:
    programs, sources = _programs(fields.get("programs", Fields(1)), context)
    tests = make_tests(
        fields.get("tests", ()), fields.get("defaults", Fields(1)), fields.get("files", Fields(1)), programs,
        fields.get("seed", 0), context,
    )  # fmt: skip
    reference = _reference(fields, tests, context)
    document = json.dumps([SCHEMA_VERSION, top.plain()], default=str)
    return Lab(
        name=fields.get("name", file.stem),
        file=file.name,
        digest=digest_of(document, context.folder.taken),
        seed=fields.get("seed", 0),
        programs=programs,
        tests=tests,
        sources=sources,
        given=dict(fields.get("given", {})),
        reference=reference,
    )


def _reference(fields: Fields, tests: Iterable[Test], context: Context) -> str:
    """The folder of the reference solution; none where it is not there, as with students, and no test asks for it."""
    reference: str = fields.get("reference", "")
    is_asked = any(test.expected.asks_reference for test in tests)
    try:
        if not reference or not (is_asked or context.folder.has(reference)):
            return ""
        context.folder.solution(reference)
    except Refused as refused:
        context.problems.refuse(refused, fields.lines["reference"])
    return reference


def _programs(given: Fields, context: Context) -> tuple[dict[str, Program], dict[str, bytes]]:
    """The programs of a lab, and the sources of its own ones."""
    programs: dict[str, Program] = {}
    sources: dict[str, bytes] = {}
    for name, fields in given.items():
        program = programs[name] = _program(name, fields, context)
        line = fields.lines.get("path", program.place.line)
        for other in programs.values():
            if other.path == program.path and other is not program:
                message = f"the programs {brief(other.name)} and {brief(name)} have one path, {brief(program.path)}"
                context.problems.add(line, message, 'give one another, as path = "/bin/other"')
        if program.is_labs:
            sources.update(_own_sources(program, fields, context))
    return programs, sources


def _program(name: str, fields: Fields, context: Context) -> Program:
    return Program(
        name=name,
        path=fields.get("path", f"/{name}"),
        sources=fields.get("source", ()),
        others=fields.get("others", ()),
        flags=fields.get("flags", ()),
        is_labs=fields.get("from", False),
        place=Place(context.problems.file, fields.line),
    )


def _own_sources(program: Program, fields: Fields, context: Context) -> Mapping[str, bytes]:
    """The sources of a program of the lab's own, which lie beside the file."""
    try:
        found = [name for name in program.sources if context.folder.has(name)]
        named = [*(found or program.sources)[:1], *program.others]
    except Refused as refused:
        context.problems.refuse(refused, fields.lines["source"])
        return {}
    sources = {}
    for name in named:
        key = "others" if name in program.others else "source"
        try:
            sources[name] = context.folder.read(name)
        except Refused as refused:
            context.problems.refuse(refused, fields.lines[key])
    return sources
