"""Tests, made of what a file says of each and of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vm.grade.lab import RUNS, SECONDS, Expected, How, Place, Program, Schedules, Test, Visibility
from vm.grade.reading.kinds import Context, Fields
from vm.grade.reading.tables import AT_TERMINAL, ELSEWHERE, EXCLUSIVE, TEST
from vm.grade.reading.values import OWN_DEFAULTS
from vm.settings import Settings
from vm.spelling import suggestion
from vm.text import brief, shortened


def make_tests(
    given: Iterable[Fields], defaults: Fields, files: Fields, programs: Mapping[str, Program], seed: int,
    context: Context,
) -> tuple[Test, ...]:  # fmt: skip
    """Make the tests of a lab, those that are right; the problems of the others are noted.

    ``files`` are what the guest of every test finds.
    """
    _check_exclusive(defaults, "defaults", context)
    defaults["files"] = _joined(files, defaults.get("files"))
    _check_files(defaults["files"], programs, context)
    tests: dict[str, Test] = {}
    for own in given:
        fields = _with_defaults(own, defaults)
        _check_exclusive(own, "a test", context)
        _check_terminal(fields, context)
        if "files" in own:
            _check_files(fields["files"], programs, context)
        name, program = fields.get("name"), _program(fields, programs, context)
        if name in tests:
            line = tests[name].place.line
            advice = f"one begins at line {line}"
            context.problems.add(fields.lines["name"], f"there are two tests {brief(name)}", advice)
        elif name is not None:
            tests[name] = _test(name, program, fields, seed, Place(context.problems.file, own.line))
            _check_judged(tests[name], fields, context)
    return tuple(tests.values())


def _with_defaults(own: Fields, defaults: Fields) -> Fields:
    """What a test says, and what the defaults add to it: nothing that cannot be said beside it."""
    left_out = {key for keys in EXCLUSIVE if own.lines.keys() & set(keys) for key in keys}
    left_out.update(ELSEWHERE if own.get("terminal", defaults.get("terminal", False)) else AT_TERMINAL)
    fields = Fields(own.line)
    for key, row in TEST.keys.items():
        if key in own:
            fields[key] = _joined(defaults.get(key), own[key]) if row.merges else own[key]
        elif key in defaults and key not in own.lines and key not in left_out:
            fields[key] = defaults[key]
        if key in own.lines or key in fields:
            fields.lines[key] = own.lines.get(key) or defaults.lines.get(key, own.line)
    return fields


def _joined(first: Fields | None, second: Fields | None) -> Fields:
    """Put two tables into one, where entries of the second replace those of the first."""
    if first is None or second is None:
        return first or second or Fields(1)
    fields = Fields(second.line)
    fields.update(first | second)
    fields.lines = first.lines | second.lines
    return fields


def _check_exclusive(fields: Fields, what: str, context: Context) -> None:
    for keys in EXCLUSIVE:
        first, *second = sorted((fields.lines[key], key) for key in keys if key in fields.lines) or [(0, "")]
        if second:
            line, name = second[0]
            context.problems.add(line, f"{what} has both {first[1]} and {name}", "leave one of the two out")


def _check_terminal(fields: Fields, context: Context) -> None:
    has_terminal = fields.get("terminal", False)
    for key in ELSEWHERE if has_terminal else AT_TERMINAL:
        if key in fields.lines:
            line = fields.lines[key]
            if has_terminal:
                advice = "what its terminal shows is said by shows"
                context.problems.add(line, f"a test with a terminal has no {key} of its own", advice)
            else:
                advice = "write terminal = true, or output instead of shows"
                context.problems.add(line, "a test without a terminal shows nothing", advice)


def _check_judged(test: Test, fields: Fields, context: Context) -> None:
    """Note what could never be judged."""
    for path, texts in test.expected.files.items():
        for text in texts:
            if text.how is How.REFERENCE:
                message = f"what the reference solution leaves in {brief(path)} is not known: only what it writes is"
                context.problems.add(text.place.line, message, "write what is expected")
    if test.dialogue and (test.schedules is Schedules.EVERY or test.expected.asks_reference):
        wanted = 'schedules = "every"' if test.schedules is Schedules.EVERY else "reference = true"
        message = f"a dialogue is not tried under every schedule, which {wanted} asks for"
        context.problems.add(fields.lines["dialogue"], message, "write input instead, or a number of schedules")


def _check_files(files: Fields, programs: Mapping[str, Program], context: Context) -> None:
    """No file lies where a program does, or another file's folder."""
    taken = {_place(program.path): (f"program {brief(name)}", program.place.line) for name, program in programs.items()}
    for path in files:
        place, line = _place(path), files.lines[path]
        if place in taken:
            message = f"the file {brief(path)} lies where the {taken[place][0]} does"
            context.problems.add(line, message, "rename one of them")
        taken.setdefault(place, (f"file {brief(path)}", line))
    for path, (what, line) in taken.items():
        for above in filter(taken.__contains__, _folders(path)):
            message = f"the {what} lies below the {taken[above][0]}"
            context.problems.add(max(line, taken[above][1]), message, "rename one of them")


def _place(path: str) -> str:
    """A path, but for the machine's link from /usr/bin to /bin."""
    return path.removeprefix("/usr") if path.startswith("/usr/bin/") else path


def _folders(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(2, len(parts)))


def _program(fields: Fields, programs: Mapping[str, Program], context: Context) -> str:
    """The name of the program that a test runs; its problems are noted."""
    if "program" in fields:
        name: str = fields["program"]
        if name not in programs:
            there = shortened(f"the programs are {', '.join(programs) or 'missing'}")
            advice = suggestion(name, programs).removeprefix("; ") or there
            context.problems.add(fields.lines["program"], f"there is no program {brief(name)}", advice)
        return name
    handed_in = [name for name, program in programs.items() if not program.is_labs]
    if len(handed_in) != 1 and programs and "program" not in fields.lines:
        advice = shortened("write program = " + " or ".join([f'"{name}"' for name in handed_in or programs]))
        context.problems.add(fields.line, "the test does not say which program it runs", advice)
    return handed_in[0] if handed_in else ""


def _test(name: str, program: str, fields: Fields, seed: int, place: Place) -> Test:
    limits = dict(fields.get("limits", {}))
    seconds, runs = limits.pop("seconds", SECONDS), limits.pop("runs", RUNS)
    settings = {**OWN_DEFAULTS, **limits, **fields.get("machine", {})}
    schedules, count = fields.get("schedules", (Schedules.ONE, 0))
    hidden = Visibility.HIDDEN if fields.get("hidden") else Visibility.VISIBLE
    return Test(
        name=name,
        program=program,
        arguments=fields.get("arguments", ()),
        environment=dict(fields.get("environment", {})),
        input=fields.get("input", b""),
        dialogue=fields.get("dialogue", ()),
        terminal=fields.get("terminal", False),
        files=dict(fields["files"]),
        settings=Settings(seed=seed, **{key.replace("-", "_"): value for key, value in settings.items()}),
        seconds=seconds,
        schedules=schedules,
        count=count,
        runs=runs,
        expected=_expected(fields),
        rules=tuple(rule for rule in fields.get("rules", {}).values() if rule is not None),
        points=fields.get("points", 1.0),
        visibility=fields.get("visibility", hidden),
        hint=fields.get("hint", ""),
        stops=fields.get("stop-on-failure", False),
        place=place,
    )


def _expected(fields: Fields) -> Expected:
    return Expected(
        output=fields.get("output", ()),
        errors=fields.get("errors", ()),
        terminal=fields.get("shows", ()),
        files=dict(fields.get("creates", {})),
        status=None if "signal" in fields else fields.get("status", (0,)),
        signal=fields.get("signal"),
    )
