"""exec: what a new program finds, what survives, and callers that a failed exec leaves as they were (execve(2))."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.accounting import check_kernel
from tests.kernel.calls import (
    E2BIG,
    EACCES,
    EBADF,
    EFAULT,
    ELOOP,
    ENOENT,
    ENOEXEC,
    ENOMEM,
    ENOTDIR,
    O_CLOEXEC,
    Behaviour,
    Call,
    Process,
    brk,
    dup3,
    execve,
    exit_,
    fork,
    getpid,
    getppid,
    load,
    note,
    openat,
    pipe2,
    raw,
    read,
    store,
    wait4,
)
from tests.kernel.guest import PRELUDE, run
from tests.kernel.puppet import CODE, DATA, PUPPET, SCRATCH, SCRATCH_SIZE, boot, image, play
from tests.kernel.scenarios import furnish
from vm import events
from vm.abi import CALL_NUMBERS, PAGE_SIZE
from vm.elf import Image, load_image
from vm.kernel.errors import MachineStopped, SystemCallError
from vm.kernel.files.vfs import User
from vm.kernel.process.task import Task
from vm.machine import Machine
from vm.memory import AddressSpace
from vm.run import CannotRun

EXECVE = CALL_NUMBERS["execve"]


def parse_stack(space: AddressSpace, pointer: int) -> dict[str, Any]:
    """What a program finds at its first instruction, by the psABI and getauxval(3), read in the order a libc does."""
    word = lambda at: struct.unpack("<I", space.read(at, 4))[0]  # noqa: E731

    def string(at: int) -> bytes:
        text = b""
        while (byte := space.read(at + len(text), 1)) != b"\0":
            text += byte
        return text

    assert pointer % 16 == 0
    argc, at = word(pointer), pointer + 4
    argv = [word(at + 4 * n) for n in range(argc)]
    assert word(at + 4 * argc) == 0
    at += 4 * argc + 4
    envp = []
    while value := word(at):
        envp.append(value)
        at += 4
    at += 4
    auxv: dict[int, int] = {}
    while (kind := word(at)) != 0:
        assert kind not in auxv
        auxv[kind] = word(at + 4)
        at += 8
    assert word(at + 4) == 0
    for address in (*argv, *envp, auxv[25], auxv[31]):
        assert at + 8 <= address < 0x8000_0000, "strings lie above the vectors"
    return {
        "argv": [string(address) for address in argv],
        "envp": [string(address) for address in envp],
        "auxv": auxv,
        "random": space.read(auxv[25], 16),
        "name": string(auxv[31]),
    }


def idle() -> Process:
    yield exit_(0)


ARGUMENTS = [
    ([b"puppet"], []),
    ([b""], [b""]),
    ([b"a", b"", b"ccc"], [b"HOME=/", b"X=" + b"y" * 1000]),
    ([b"x" * n for n in range(40)], [b"n%d=%d" % (n, n) for n in range(33)]),
    ([bytes(range(1, 256))], [b"\xff\xfe=\x80"]),
]


@pytest.mark.parametrize(("argv", "envp"), ARGUMENTS)
def test_arguments_environment_and_auxiliary_vector(argv: list[bytes], envp: list[bytes], tmp_path: Path) -> None:
    found: list[dict[str, Any]] = []

    def after(task: Task, call: Call, result: Any) -> None:
        if task.process.path == "/puppet" and call.name == "getpid":
            found.append(parse_stack(task.memory, int(task.context[2])))

    def program() -> Process:
        yield getpid()

    def parent() -> Process:
        yield execve("/puppet", argv, envp, then=program)

    play(tmp_path / "root", parent, after=after)
    [stack] = found
    assert stack["argv"] == argv
    assert stack["envp"] == envp
    assert stack["name"] == b"/puppet"
    auxv = stack["auxv"]
    names = {"PAGESZ": 6, "ENTRY": 9, "UID": 11, "EUID": 12, "GID": 13, "EGID": 14, "SECURE": 23, "PHENT": 4}
    assert {name: auxv[kind] for name, kind in names.items()} == {
        "PAGESZ": 4096, "ENTRY": CODE + 4, "UID": 1000, "EUID": 1000, "GID": 1000, "EGID": 1000, "SECURE": 0,
        "PHENT": 32,
    }  # fmt: skip
    assert auxv[16] == sum(1 << (ord(letter) - ord("a")) for letter in "aim")


@pytest.mark.parametrize("length", range(1, 40))
def test_the_stack_is_aligned_whatever_the_strings(length: int, tmp_path: Path) -> None:
    (tmp_path / "puppet").write_bytes(PUPPET)
    (tmp_path / "puppet").chmod(0o755)
    arguments = ["x" * length] * (length % 5)
    booted = Machine(root=tmp_path).boot("/puppet", arguments, environment={"E": "y" * length}).start()
    task = booted.program
    stack = parse_stack(task.memory, int(task.context[2]))
    assert stack["argv"] == [b"/puppet", *(argument.encode() for argument in arguments)]
    assert stack["envp"] == [b"E=" + b"y" * length]
    assert not any(task.context[[1, *range(3, 32)]]), "every other register is 0"
    assert task.context[33] == CODE + 4


def test_program_headers_are_found_where_auxv_says(tmp_path: Path) -> None:
    source = "_start: exit 0\n .data\n .word 1\n"
    (tmp_path / "p.s").write_text(PRELUDE + source)
    booted = Machine(root=tmp_path).boot("/p").start()
    task = booted.program
    auxv = parse_stack(task.memory, int(task.context[2]))["auxv"]
    if auxv[3]:
        headers = task.memory.read(auxv[3], auxv[4] * auxv[5])
        assert len(headers) == 32 * auxv[5]
        assert struct.unpack_from("<I", headers)[0] in (1, 3, 6, 0x70000003)
    else:
        assert auxv[5] == 0
    assert booted.finish().status == 0


def test_exec_resets_memory_and_keeps_the_process(tmp_path: Path) -> None:
    """pid, parent and descriptors survive; data, heap and stack are new; close-on-exec descriptors are gone."""
    pages: list[list[tuple[str, int]]] = []

    def program() -> Process:
        yield note((yield load(DATA)))
        yield note((yield brk(0)) - (SCRATCH + 32 * SCRATCH_SIZE))
        pages.append([(segment.name, segment.pages) for segment in puppets.task("0.1").memory.segments])
        yield getpid()
        yield getppid()
        yield read(3, 4)
        yield read(4, 4)
        yield read(5, 4)
        yield exit_(9)

    def child() -> Process:
        yield store(DATA, 5)
        top = yield brk(0)
        yield brk(top + 10 * 4096)
        yield store(0x7FFF_0000, 1)
        yield openat("/puppet")
        yield dup3(3, 4, O_CLOEXEC)
        yield openat("/puppet", O_CLOEXEC)
        yield read(3, 1)
        yield execve("/puppet", then=program)

    def parent() -> Process:
        yield fork(child)
        yield wait4()

    puppets = boot(tmp_path / "root", parent)
    puppets.finish()
    shown = {"note", "getpid", "getppid", "read"}
    records = [record[1:] for record in puppets.records if record[0] == "0.1" and record[1] in shown][-7:]
    assert records == [
        ["note", 0],
        ["note", 0],
        ["getpid", "0.1"],
        ["getppid", "0"],
        ["read", "ELF\x01"],
        ["read", -EBADF],
        ["read", -EBADF],
    ]
    names = dict(pages[0])
    assert "heap" not in names
    assert names["stack"] <= 3
    assert puppets.records[-2][2] == ["0.1", 9 << 8]


def test_the_data_of_the_file_is_there_and_the_rest_is_zero(tmp_path: Path) -> None:
    data = bytes(range(256)) * 17
    root = tmp_path / "root"
    root.mkdir()
    (root / "full").write_bytes(image(data=data, data_pages=4, scratch_pages=32 * SCRATCH_SIZE // 4096))
    (root / "full").chmod(0o755)
    seen = []

    def program() -> Process:
        seen.append(puppets.task("0").memory.read(DATA, 4 * 4096))
        yield exit_(0)

    def parent() -> Process:
        yield store(DATA, 0xFFFF_FFFF)
        yield execve("/full", then=program)

    puppets = boot(root, parent)
    puppets.finish()
    assert seen == [data.ljust(4 * 4096, b"\0")]


# --- failures ---


def fails(root: Path, *calls: Call, **settings: Any) -> list[int]:
    """The results of execs that must fail, whose caller must not change; it can go on afterwards."""

    def parent() -> Process:
        yield store(DATA + 0x100, 0x1234)
        top = yield brk(0)
        yield brk(top + 100)
        yield store(top, 0x5678)
        for call in calls:
            assert (yield call) < 0
        yield note((yield load(DATA + 0x100)) == 0x1234 and (yield load(top)) == 0x5678)

    puppets = boot(root, parent, **settings)
    failed = puppets.watch_failures()
    puppets.finish()
    assert puppets.records[-2] == ["0", "note", True]
    return failed


def test_each_error_leaves_the_caller_as_it_was(tmp_path: Path) -> None:
    root = tmp_path / "root"
    furnish(root, PUPPET)
    (root / "noexec").write_bytes(PUPPET)
    (root / "broken.s").write_text("_start: nonsense\n")
    (root / "script").write_text("#!/nowhere\n")
    (root / "script").chmod(0o755)
    paths = {
        "/nowhere": ENOENT, "": ENOENT, "/prog/x": ENOTDIR, "/dir": EACCES, "/noexec": EACCES, "/garbage": ENOEXEC,
        "/empty": ENOEXEC, "/cut": ENOEXEC, "/loop1": ELOOP, "/script": ENOENT, "/broken": ENOEXEC,
        "/broken.s": ENOEXEC,        "/nowhere.s": ENOENT, "/prog/": ENOTDIR,
    }  # fmt: skip
    results = fails(root, *(execve(path, then=idle) for path in paths))
    assert results == [-error for error in paths.values()]


def test_bad_pointers(tmp_path: Path) -> None:
    path = SCRATCH + 31 * SCRATCH_SIZE
    pointers = path + 0x100

    def parent() -> Process:
        yield getpid()
        memory = puppets.task("0").memory
        memory.write(path, b"/puppet\0")
        memory.write(pointers, struct.pack("<II", 0xFFFF_F000, 0))
        memory.write(path + 0x200, struct.pack("<I", 0x10))
        for arguments in (
            (0, 0, 0),
            (0xFFFF_FFFF, 0, 0),
            (0x7000_0000, 0, 0),
            (path, 4, 0),
            (path, 0, 0xFFFF_FFFC),
            (path, pointers, 0),
            (path, 0, pointers),
            (path, path + 0x200, 0),
            (path, SCRATCH + 32 * SCRATCH_SIZE - 4, 0x10),
        ):
            yield raw(EXECVE, *arguments)

    puppets = boot(tmp_path / "root", parent)
    failed = puppets.watch_failures()
    puppets.finish()
    assert failed == [-EFAULT] * 9


def test_no_argument_vector_at_all(tmp_path: Path) -> None:
    """A null argv and envp are empty; the program gets one empty argument, as Linux has it since 5.18."""
    found: list[Any] = []

    def program() -> Process:
        found.append(parse_stack(puppets.task("0").memory, int(puppets.task("0").context[2])))
        yield exit_(0)

    def parent() -> Process:
        yield getpid()
        at = SCRATCH + 31 * SCRATCH_SIZE
        puppets.task("0").memory.write(at, b"/puppet\0")
        call = raw(EXECVE, at, 0, 0)
        yield Call("raw", call.arguments, program)

    puppets = boot(tmp_path / "root", parent)
    puppets.finish()
    assert (found[0]["argv"], found[0]["envp"]) == ([b""], [])


LIMIT = 128 << 10


@pytest.mark.parametrize(
    ("count", "length", "fits"),
    [
        (1, LIMIT - 6, True),
        (1, LIMIT - 5, True),
        (1, LIMIT - 4, False),
        (1, LIMIT + 100, False),
        (LIMIT // 8, 3, True),
        (LIMIT // 8 + 1, 3, False),
        (LIMIT // 5, 0, True),
        (LIMIT // 5 + 1, 0, False),
        (1000, 1000, False),
    ],
)
def test_arguments_up_to_the_limit(count: int, length: int, fits: bool, tmp_path: Path) -> None:
    """A quarter of the stack's limit of strings, their NULs and pointers are accepted, and one more is E2BIG."""
    (tmp_path / "puppet").write_bytes(PUPPET)
    (tmp_path / "puppet").chmod(0o755)
    source = f"""
_start: lw t0, (sp)
        li t1, 1
        bne t0, t1, second
        la t0, pointers         # argv: count pointers to the same string
        la t1, string
        li t2, {count}
        beqz t2, 2f
1:      sw t1, (t0)
        addi t0, t0, 4
        addi t2, t2, -1
        bnez t2, 1b
2:      la t0, string
        li t1, {length}
        li t2, 'x'
        beqz t1, 4f
3:      sb t2, (t0)
        addi t0, t0, 1
        addi t1, t1, -1
        bnez t1, 3b
4:      la a0, path
        la a1, pointers
        li a2, 0
        sys execve
        neg a0, a0
        sys exit
second: li a0, 77
        sys exit
        .rodata
path:   .asciz "/puppet77"
        .bss
string: .zero {length + 1}
        .balign 4
pointers: .zero {4 * count + 4}
"""
    code = 0x0000_0073, 0x04D0_0513, 0x05D0_0893, 0xFF5F_F06F  # ecall; li a0, 77; li a7, 93; j -12
    (tmp_path / "puppet77").write_bytes(image(code=code))
    (tmp_path / "puppet77").chmod(0o755)
    result = run(tmp_path, source, instructions=None, stack=4 * LIMIT)
    assert result.status == (77 if fits else E2BIG)


def test_a_stack_too_small_for_its_arguments(tmp_path: Path) -> None:
    long = [b"x" * 30_000] * 2
    assert fails(tmp_path / "root", execve("/puppet", long, then=idle), stack=16 << 10) == [-E2BIG]

    def parent() -> Process:
        yield execve("/puppet", long, then=idle)

    assert play(tmp_path / "root", parent, stack=64 << 10).records == [["0", "ended", 0]]


def test_no_memory_for_the_new_program(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for pages in (100, 1000, 5000, 30_000, 200_000):
        (root / f"big{pages}").write_bytes(image(data_pages=pages))
        (root / f"big{pages}").chmod(0o755)
    calls = [execve(f"/big{pages}", then=idle) for pages in (5000, 30_000)]
    # 1083 frames are the puppet itself; exec needs the old and the new space at once.
    assert fails(root, *calls, memory=2000 * 4096) == [-ENOMEM] * 2


def test_the_end_of_the_run_at_every_step_of_an_exec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is reached while pages of the new program are read leaves none of them."""
    monkeypatch.setattr("vm.memory.mappings.READ_AT_ONCE", PAGE_SIZE)
    (tmp_path / "large").write_bytes(image(data=b"x" * 5 * PAGE_SIZE, data_pages=8))
    (tmp_path / "large").chmod(0o755)

    def parent() -> Process:
        yield execve("/large", then=idle)

    for steps in range(20):
        left = iter(range(steps))

        def pulse(left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise MachineStopped("time limit")

        puppets = boot(tmp_path, parent)
        puppets.kernel.loader.pulse = pulse
        result = puppets.finish()
        check_kernel(puppets.kernel)
        if not result.message:
            assert steps > 5
            return
    pytest.fail("it never came to its end")


def test_images_are_held_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For MADV_DONTNEED. Beyond it the file is read again, and a source, which has no file, is not executed."""
    monkeypatch.setattr("vm.kernel.exec.loader.HELD_LIMIT", 3 * PAGE_SIZE)
    (tmp_path / "large").write_bytes(image(data=b"x" * 3 * PAGE_SIZE, data_pages=8, scratch_pages=1024))
    (tmp_path / "large").chmod(0o755)
    (tmp_path / "small.s").write_text("_start: ecall\n.data\n.space 4000, 7\n")
    (tmp_path / "source.s").write_text("_start: ecall\n.data\n.space 20000, 7\n")

    def large() -> Process:
        assert (yield raw(CALL_NUMBERS["madvise"], DATA, 4 * PAGE_SIZE, 4)) == 0
        assert (yield load(DATA + 2 * PAGE_SIZE)) == 0x7878_7878
        assert (yield load(DATA + 3 * PAGE_SIZE)) == 0
        assert (yield execve("/source", then=idle)) == -ENOMEM
        yield execve("/puppet", then=puppet)

    def puppet() -> Process:
        yield execve("/small", then=idle)

    def parent() -> Process:
        yield execve("/large", then=large)

    puppets = boot(tmp_path, parent)
    held = puppets.kernel.loader._held
    sizes: list[int] = []
    puppets.kernel.events.subscribe(events.Executed, lambda _: sizes.append(sum(len(one.data) for one in held)))
    puppets.finish()
    assert len(sizes) == 3
    assert max(sizes) <= 3 * PAGE_SIZE


def test_memory_of_every_size_either_runs_or_refuses(tmp_path: Path) -> None:
    """From too small for anything to enough: CannotRun with ENOMEM, or a run; never anything else."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "p").write_bytes(image(data=b"x" * 5000, code=(0x05D0_0893, 0x0000_0073), entry=CODE))
    (root / "p").chmod(0o755)
    for overcommit in (False, True):
        fits = [_runs(root, frames * 4096, overcommit) for frames in range(3, 20)]
        assert fits == sorted(fits), "what fits, fits in more"
        assert {False, True} == set(fits)


def _runs(root: Path, memory: int, overcommit: bool) -> bool:
    try:
        result = Machine(root=root, memory=memory, overcommit=overcommit).run("/p")
    except CannotRun as refused:
        return refused.status != 126
    return (result.status, result.message) == (0, "")


# --- names ---


def test_a_source_stands_for_its_name(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "tool.s").write_text(PRELUDE + '_start: exit 21\n .include "more.inc"\n')
    (tmp_path / "sub" / "more.inc").write_text("# nothing\n")
    source = (
        '_start: la a0, path\n li a1, 0\n li a2, 0\n sys execve\n neg a0, a0\n sys exit\n .rodata\npath: .asciz "{}"'
    )
    for path, status in (
        ("/sub/tool", 21), ("/sub/tool.s", 21), ("sub/tool", 21), ("/sub/../sub/tool", 21), ("/sub/tool/", ENOENT),
        ("/sub/tool/x", ENOENT), ("/tool", ENOENT), ("/sub", EACCES),
    ):  # fmt: skip
        assert run(tmp_path, source.format(path)).status == status, path


def test_an_image_is_preferred_to_a_source(tmp_path: Path) -> None:
    code = 0x0000_0073, 0x00B0_0513, 0x05D0_0893, 0xFF5F_F06F  # ecall; li a0, 11; li a7, 93; j -12
    (tmp_path / "tool").write_bytes(image(code=code))
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "tool.s").write_text(PRELUDE + "_start: exit 22\n")
    assert Machine(root=tmp_path).run("/tool").status == 11
    assert Machine(root=tmp_path).run("/tool.s").status == 22


def test_a_file_that_has_changed_runs_as_it_is_now(tmp_path: Path) -> None:
    """The same path again and again: the same bytes, others of the same length, bad ones, and the first."""

    def leaving_with(status: int) -> bytes:
        return image(code=(0x0000_0073, status << 20 | 0x0513, 0x05D0_0893, 0xFF5F_F06F))  # ecall; li a0; li a7, 93; j

    first, second = leaving_with(11), leaving_with(22)
    assert len(first) == len(second)
    for name, data in (("puppet", PUPPET), ("tool", first)):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o755)
    booted = Machine(root=tmp_path).boot("/puppet").start()
    task, loader = booted.program, booted.kernel.loader
    file = loader.resolve(b"/tool", task.place.directory, task.user, (b"tool",)).file
    for data, word in ((first, 11 << 20 | 0x0513), (second, 22 << 20 | 0x0513), (first, 11 << 20 | 0x0513)):
        file.write(0, data)
        found = loader.resolve(b"/tool", task.place.directory, task.user, (b"tool",)).image
        assert struct.unpack_from("<I", found.segments[0].data, 4) == (word,)
        file.write(0, b"bad")
        with pytest.raises(SystemCallError):
            loader.resolve(b"/tool", task.place.directory, task.user, (b"tool",))


def test_scripts(tmp_path: Path) -> None:
    """Interpreter, its one optional argument, the script's path as it was given, then the caller's arguments."""
    root = tmp_path / "root"
    root.mkdir()
    lines = {
        "plain": b"#!/puppet\n", "spaced": b"#!  \t/puppet  \n", "argument": b"#! /puppet  one two  \n",
        "relative": b"#!puppet\n", "outer": b"#!/argument x\n", "unended": b"#!/puppet -x",
    }  # fmt: skip
    for name, line in lines.items():
        (root / name).write_bytes(line + b"echo not reached\n" if line.endswith(b"\n") else line)
        (root / name).chmod(0o755)
    seen: dict[str, Any] = {}

    def program(name: str) -> Behaviour:
        def behaviour() -> Process:
            task = puppets.task(f"0.{len(seen) + 1}")
            stack = parse_stack(task.memory, int(task.context[2]))
            seen[name] = stack["argv"]
            yield exit_(0)

        return behaviour

    def child(name: str, path: str) -> Behaviour:
        def behaviour() -> Process:
            yield execve(path, [b"zero", b"first", b"second"], then=program(name))
            yield exit_(1)

        return behaviour

    def parent() -> Process:
        for name in lines:
            yield fork(child(name, "./" + name))
            yield wait4()

    puppets = boot(root, parent)
    puppets.finish()
    rest = [b"first", b"second"]
    assert seen == {
        "plain": [b"/puppet", b"./plain", *rest],
        "spaced": [b"/puppet", b"./spaced", *rest],
        "argument": [b"/puppet", b"one two", b"./argument", *rest],
        "relative": [b"puppet", b"./relative", *rest],
        "outer": [b"/puppet", b"one two", b"/argument", b"x", b"./outer", *rest],
        "unended": [b"/puppet", b"-x", b"./unended", *rest],
    }


def test_descriptors_beyond_a_pipe_survive(tmp_path: Path) -> None:
    """A pipe made before exec is the same pipe behind it."""

    def program() -> Process:
        yield read(3, 10)

    def child() -> Process:
        yield execve("/puppet", then=program)

    def parent() -> Process:
        yield pipe2()
        yield fork(child)
        yield Call("write", (4, b"through"))
        yield wait4()

    puppets = play(tmp_path / "root", parent)
    assert ["0.1", "read", "through"] in puppets.records


def test_many_small_images_are_not_kept_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made of an image, and its path, are larger than the smallest images, of which a program can make many."""
    parsed: list[bytes] = []

    def parse(data: bytes) -> Image:
        parsed.append(data)
        return load_image(data)

    monkeypatch.setattr("vm.kernel.exec.loader.load_image", parse)
    monkeypatch.setattr("vm.kernel.exec.loader.IMAGES_KEPT", 4 * 8192)
    for index in range(6):
        (tmp_path / f"small{index}.s").write_text("_start: j _start\n")
    loader = Machine(root=tmp_path).boot("/small0.s").start().kernel.loader
    for paths, count in (([0, 1, 0, 1], 2), ([2, 3, 4, 5], 6), ([0], 7), ([0], 7)):
        for index in paths:
            loader.resolve(b"/small%d.s" % index, loader.tree.root, User(0, 0), ())
        assert len(parsed) == count
