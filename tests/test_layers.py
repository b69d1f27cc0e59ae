"""DESIGN's house rules, held by reading the sources: layers, who prints, docstrings, no leftovers."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SOURCES = sorted([*(PROJECT / "vm").rglob("*.py"), *(PROJECT / "asm").rglob("*.py")])
TESTS = sorted([*(PROJECT / "tests").rglob("*.py"), *(PROJECT / "bench").rglob("*.py")])

LAYERS = [
    ["vm.version"], ["vm.enums"], ["vm.values"], ["vm.remarks"], ["vm.collecting"],
    ["vm.isa"], ["vm.abi"], ["vm.statuses"], ["vm.flags"], ["vm.services"], ["vm.quantities"], ["vm.spelling"],
    ["vm.text"], ["vm.lines"],
    ["vm.settings"], ["vm.elf"], ["vm.disassembler"], ["vm.events"], ["vm.cache"], ["vm.reading"], ["vm.writing"],
    ["vm.confine"],
    # --- nothing above this line imports numpy
    ["vm.copying"], ["vm.host_processor"],
    ["vm.native.hostmemory"], ["vm.native.arena"], ["vm.native.objects"], ["vm.native.builtins"], ["vm.native.parts"],
    ["vm.native.layout"], ["vm.native.packing"], ["vm.native.placing"], ["vm.native.elsewhere"], ["vm.native.kept"],
    ["vm.native.jit"], ["vm.native.entries"], ["vm.native.compiler"],
    ["vm.cpu.state"], ["vm.cpu.decode"], ["vm.cpu.sv32"], ["vm.cpu.tape"], ["vm.cpu.guards"],
    ["vm.cpu.changes"],
    ["vm.cpu.interpreter"], ["vm.cpu.stepping"], ["vm.cpu.recorded"], ["vm.cpu.watching"], ["vm.cpu.guarded"],
    ["vm.memory.areas"],
    ["vm.memory.frames"], ["vm.memory.trampoline"], ["vm.memory.tables"], ["vm.memory.faults"], ["vm.memory.sharing"],
    ["vm.memory.transfer"],
    ["vm.memory.segments"], ["vm.memory.bounds"],
    ["vm.memory.paging"], ["vm.memory.mappings"], ["vm.memory.space"], ["vm.memory.strategies"],
    ["vm.memory.resident"], ["vm.memory.showing"], ["vm.memory.digest"],
    ["vm.engine.protocol"], ["vm.engine.translator"], ["vm.engine.engines"], ["vm.engine.roll"],
    ["vm.engine.recording"], ["vm.engine.breaking"], ["vm.engine.accesses"], ["vm.engine.watching"],
    ["vm.engine.guarding"],
    ["vm.kernel"], ["vm.observe"], ["vm.hazards"], ["vm.library", "vm.linker", "vm.linking"], ["vm.toolchain"],
    ["vm.preprocessed"], ["vm.sources"], ["vm.userland"], ["vm.notebook"], ["vm.records"],
    ["vm.keeping"], ["vm.saving"], ["vm.result_json"],
    ["vm.schedules.schedule"], ["vm.schedules.files"], ["vm.schedules.log"],
    ["vm.schedules.recording", "vm.schedules.repeating", "vm.schedules.retracing"],
    ["vm.schedules.ports", "vm.schedules.leaving"], ["vm.schedules.rereading"], ["vm.schedules.hosts"],
    ["vm.schedules.binding"],
    ["vm.film"], ["vm.run"], ["vm.many"], ["vm.outcomes"], ["vm.debug"], ["vm.machine"], ["vm.laboratory"],
    ["vm.grade"], ["vm.cli"], ["vm.entry"], ["vm.api"],
]  # fmt: skip
"""Each layer imports only from those before it, and from itself where it is a package."""
WITHIN_KERNEL = [
    "errors",
    "choice",
    "clock",
    "ports",
    "screen",
    "files.ring",
    "process.random",
    "files.vfs",
    "files.opened",
    "files.endpoints",
    "files.pipes",
    "files.eventfd",
    "files.devices",
    "files.terminal",
    "process.timers",
    "files.timerfd",
    "files.epoll",
    "signals.state",
    "process.personality",
    "process.requests",
    "process.undoing",
    "process.credentials",
    "process.posix_timers",
    "process.policy",
    "process.task",
    "process.numbers",
    "process.table",
    "watching",
    "process.limits",
    "process.scheduler",
    "stops",
    "contents",
    "pausing",
    "exec",
    "files.world",
    "host",
    "system",
    "net",
    "ipc",
    "digest",
    "files.proc",
    "inventory",
    "kernel",
    "telling",
    "process.accounts",
    "process.alarms",
    "signals.sending",
    "signals.ringing",
    "signals.taking",
    "files.signalfd",
    "due",
    "idle",
    "process.futex",
    "process.inheriting",
    "process.robust",
    "process.leaving",
    "process.starting",
    "process.lifecycle",
    "signals.contexts",
    "syscalls",
    "services",
    "dispatch",
    "signals.acting",
    "stopping",
    "loop",
    "boot",
]
"""The rooms of vm.kernel and their files, each above those that it imports."""
ASM_MAY_IMPORT = ("vm.values", "vm.isa", "vm.abi", "vm.services", "vm.spelling", "vm.elf", "asm")
ENTRY = "vm"
"""vm/__init__.py gives out the public names of the layers, when they are asked for."""


@cache
def text_of(path: Path) -> str:
    return path.read_text()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports, for types alone too; ``from vm import events`` is vm.events."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module_name(path).split(".")[: None if path.name == "__init__.py" else -1]
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = PROJECT / module.replace(".", "/") / alias.name
                is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
                found.add(f"{module}.{alias.name}" if is_module else module)
    return {name for name in found if name.split(".")[0] in ("vm", "asm")}


def layer_of(module: str) -> int:
    """The number of the most specific layer that holds a module; a package's own module is in its last layer."""
    for number, names in enumerate(LAYERS):
        if any(module == name or module.startswith(name + ".") for name in names):
            return number
    inside = [number for number, names in enumerate(LAYERS) if any(name.startswith(module + ".") for name in names)]
    assert inside, f"{module} is in no layer: DESIGN.md tells where it belongs"
    return max(inside)


def every(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test that looks at each of these files, and tells of all that are not as they should be."""

    def make(look: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            wrong = {}
            for path in paths:
                try:
                    look(path)
                except AssertionError as error:
                    wrong[module_name(path)] = str(error)
            assert not wrong

        test.__doc__ = look.__doc__
        return test

    return make


@every([path for path in SOURCES if module_name(path).startswith("vm.")])
def test_a_file_imports_only_from_the_layers_before_it(path: Path) -> None:
    module = module_name(path)
    for imported in imports(path):
        if imported == "asm" or imported.startswith("asm."):
            assert layer_of(module) >= layer_of("vm.sources"), f"{module} knows the assembler"
        elif imported != ENTRY:
            assert layer_of(imported) <= layer_of(module), f"{module} imports {imported}"


@every(sorted((PROJECT / "vm" / "kernel").rglob("*.py")))
def test_the_kernels_own_order(path: Path) -> None:
    def rank(module: str) -> int:
        inner = module.removeprefix("vm.kernel.")
        found = [at for at, name in enumerate(WITHIN_KERNEL) if inner == name or inner.startswith(name + ".")]
        return found[0] if found else -1

    module = module_name(path)
    if rank(module) < 0:
        return
    for imported in imports(path):
        if imported.startswith("vm.kernel."):
            assert rank(imported) <= rank(module), f"{module} imports {imported}"


def test_the_assembler_knows_only_the_tables_and_the_format() -> None:
    for path in sorted((PROJECT / "asm").rglob("*.py")):
        for imported in imports(path):
            assert imported.startswith(ASM_MAY_IMPORT), f"{module_name(path)} imports {imported}"


def test_no_file_imports_what_imports_it() -> None:
    """Not in many steps either; the error tells them."""
    TopologicalSorter({module_name(path): imports(path) - {module_name(path)} for path in SOURCES}).prepare()


@pytest.mark.parametrize(
    ("modules", "foreign"),
    [
        ("asm, vm.isa, vm.abi, vm.settings, vm.elf, vm.events, vm.disassembler", ["numba", "numpy", "click", "rich"]),
        ("vm.cli", ["numba", "numpy", "rich", "asm"]),
        ("vm", ["numba", "numpy", "click"]),
        ("vm.machine", ["numba", "llvmlite", "click", "rich", "hypothesis", "ziglang"]),
    ],
)
def test_what_an_import_brings_along(modules: str, foreign: list[str]) -> None:
    check = f"import sys, {modules}; print([name for name in {foreign} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ANY = {
    "vm.kernel.kernel.emit(fields)": "what an event of the kind holds, which its own class says",
    "vm.kernel.kernel.emit_ahead(fields)": "what an event of the kind holds, which its own class says",
    "vm.kernel.syscalls.table.as_signed(value)": "a register's value, of Python's or numpy's",
    "vm.memory.paging.engine_arguments()": "arrays of several item types, as compiled code takes them",
    "vm.memory.space.new_child(fork)": "a compiled function, whose arguments numba knows",
}
"""Public names of the kernel, memory and engines whose type says Any, with what it stands for."""


def says_any(annotation: ast.AST | None) -> bool:
    """True where a type is Any, or holds it; an array's items may be of any type."""
    if annotation is None or ast.unparse(annotation) == "NDArray[Any]":
        return False
    if isinstance(annotation, ast.Name | ast.Constant):
        return "Any" in (getattr(annotation, "id", ""), getattr(annotation, "value", ""))
    return any(map(says_any, ast.iter_child_nodes(annotation)))


def annotations(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.AST | None]]:
    """The types of public functions, their arguments, attributes and variables, by name."""
    for node in body:
        if isinstance(node, ast.ClassDef) and is_public(node.name):
            yield from annotations(node.body)
        elif isinstance(node, ast.FunctionDef) and (is_public(node.name) or node.name == "__init__"):
            yield f"{node.name}()", node.returns
            for inner in ast.walk(node):
                if isinstance(inner, ast.arg):
                    yield f"{node.name}({inner.arg})", inner.annotation
                elif isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Attribute):
                    yield inner.target.attr, inner.annotation
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), node.annotation
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            yield ast.unparse(node.targets[0]), node.value


def test_no_any_hides_a_layer() -> None:
    """What cannot be named because it is above is not called Any instead."""
    found = {
        f"{module_name(path)}.{name}"
        for path in SOURCES
        if module_name(path).startswith(("vm.kernel", "vm.memory", "vm.engine"))
        for name, annotation in annotations(tree_of(path).body)
        if is_public(name) and says_any(annotation)
    }
    assert found == set(ANY)


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@every(SOURCES)
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    if module_name(path).startswith("vm.cli"):
        return
    forbidden = {"print", "input", "exit", "quit", "sys.exit", "os._exit", "click.echo", "breakpoint"}
    assert not forbidden & set(calls(tree_of(path)))


@every([*SOURCES, *TESTS])
def test_nothing_is_left_over(path: Path) -> None:
    text = text_of(path)
    if path != Path(__file__):
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK|WIP)\b", text)
        assert not re.search(r"(?<![\w./])/(home|work|root|Users)/\w", text), "an absolute path of somebody's machine"
    assert "\t" not in re.sub(r"\\t", "", text) or path.suffix != ".py"
    for number, line in enumerate(text.splitlines(), 1):
        assert len(line) <= 120, f"line {number} is {len(line)} long"


def is_public(name: str) -> bool:
    return not name.startswith("_")


@every(SOURCES)
def test_public_names_have_docstrings_and_types(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree) or not text_of(path).strip(), "the module has no docstring"
    scopes: list[ast.Module | ast.ClassDef] = [tree]
    while scopes:
        for node in scopes.pop().body:
            if isinstance(node, ast.ClassDef) and is_public(node.name):
                assert ast.get_docstring(node), f"class {node.name}"
                scopes.append(node)
            elif isinstance(node, ast.FunctionDef) and is_public(node.name):
                assert ast.get_docstring(node), f"{node.name}, line {node.lineno}"


def lines_of(node: ast.Constant | ast.JoinedStr | ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@every(SOURCES)
def test_functions_fit_a_screen(path: Path) -> None:
    """The interpreter's run loop is the exception that DESIGN.md makes; the text of a guest program is no code."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef) and (path.name, node.name) != ("interpreter.py", "execute"):
            text = sum(
                lines_of(inner) - 1 for inner in ast.walk(node) if isinstance(inner, ast.Constant | ast.JoinedStr)
            )
            length = lines_of(node) - text
            assert length <= 60, f"{node.name} has {length} lines"


def test_no_file_holds_two_ideas() -> None:
    lengths = {module_name(path): len(text_of(path).splitlines()) for path in SOURCES}
    assert not {name: length for name, length in lengths.items() if length > 600}


def test_every_call_in_the_table_says_what_it_does() -> None:
    from vm.abi import CALL_NAMES, Errno
    from vm.kernel.syscalls import TABLE

    for number, row in TABLE.items():
        assert CALL_NAMES[number] == row.name
        assert row.handler.__doc__
        assert all(name in Errno.__members__ for name in row.errors), row.name
        assert len(row.arguments) <= 6


def test_what_is_imported_later_is_where_the_table_looks_for_it() -> None:
    from vm.kernel.syscalls import TABLE
    from vm.kernel.syscalls.table import LATER

    found: dict[str, set[str]] = {subject: set() for subject in LATER}
    for row in TABLE.values():
        found.get(row.handler.__module__.rsplit(".", 1)[-1], set()).add(row.name)
    assert found == {subject: set(names.split()) for subject, names in LATER.items()}


def test_no_two_files_of_tests_have_one_name() -> None:
    """pytest takes them for one module, and runs the first."""
    names = [path.name for path in TESTS if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_compiled_code_takes_of_the_abi_what_its_digest_covers() -> None:
    covered = {name for name in vars(importlib.import_module("vm.abi.memory")) if not name.startswith("_")}
    for room in ("cpu", "memory", "engine"):
        for path in (PROJECT / "vm" / room).rglob("*.py"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.ImportFrom) and node.module == "vm.abi":
                    assert {alias.name for alias in node.names} <= covered, path
