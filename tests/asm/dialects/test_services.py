"""Whole programs in the dialects, against what RARS itself printed for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from vm import Machine, cli, events
from vm.records import Result
from vm.run import CannotRun

HERE = Path(__file__).parent
INPUT = b" -12 \nyes\n\nabcdefgh\nxyz\n"


def forklore(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.forklore.main(list(words))
    return int(ended.value.code or 0)


def remarks(result: Result) -> list[str]:
    texts = [event.text for event in result.events if isinstance(event, events.Warned)]
    return [text.removeprefix("program.s: ") for text in texts]


@pytest.mark.parametrize(("name", "input", "status"), [("printing", b"", 0), ("reading", INPUT, 300 & 0xFF)])
def test_what_rars_prints(name: str, input: bytes, status: int) -> None:
    result = Machine(dialect="rars").run(HERE / f"{name}.s", input=input)
    assert result.output == (HERE / f"{name}.out").read_bytes()
    assert (result.status, result.errors, remarks(result)) == (status, b"", [])


def test_a_program_of_venus_with_what_it_imports() -> None:
    result = Machine().run(HERE / "numbers.s")
    assert result.output == b"sum 49\n0x00000031\n1"
    assert result.status == 7
    assert remarks(result) == ["numbers.s:1: note: .import: read as venus's (--dialect gnu reads it as GNU's)"]


def run(text: str, tmp_path: Path, input: bytes = b"", **settings: object) -> Result:
    source = tmp_path / "program.s"
    source.write_text(text)
    return Machine(**{"dialect": "rars", **settings}).run(source, input=input)  # type: ignore[arg-type]


READ_INT = "li a7, 5\necall\nli a7, 1\necall\nli a7, 10\necall\n"


@pytest.mark.parametrize(
    ("text", "input", "message"),
    [
        (READ_INT, b"12 apples\n", "read_int: '12 apples' is no number of 32 bits"),
        (READ_INT, b"2147483648\n", "read_int: '2147483648' is no number of 32 bits"),
        (READ_INT, b" " * 5000 + b"9" * 11, f"read_int: '{'9' * 11}' is no number of 32 bits"),
        (READ_INT, b"", "read_int: standard input has ended"),
        (READ_INT, b"9" * 5000, f"read_int: '{'9' * 40}…' is no number of 32 bits"),
        ("li a7, 4\nli a0, 64\necall\n", b"", "print_string: the program has no memory at 0x40"),
        ("li a7, 2\necall\n", b"", "print_float: the machine is RV32IMA: it has no floating point"),
        ("li a7, 4321\necall\n", b"", "service 4321 is neither one of rars's nor one of Linux's"),
        ("li a7, 42\nli a1, 0\necall\n", b"", "rand_int_range: the bound 0 is not positive"),
        ("li a7, 9\nli a0, -4\necall\n", b"", "sbrk: -4 bytes cannot be given back"),
        ("li a7, 9\nli a0, 0x7ffffff0\necall\n", b"", "sbrk: there is no memory for 2,147,483,632 bytes"),
        ("li a7, 51\necall\n", b"", "input_dialog_int: there are no windows here; services 4, 5 and 8 print and read"),
    ],
)  # fmt: skip
def test_a_service_that_cannot_go_on_says_why(text: str, input: bytes, message: str, tmp_path: Path) -> None:
    result = run(text, tmp_path, input)
    assert remarks(result) == [message]
    assert (result.status, result.output) == (1, b"")


def test_the_end_of_the_code_ends_the_program(tmp_path: Path) -> None:
    result = run("li a7, 31\necall\necall\nli a0, 7\nli a7, 1\necall\n", tmp_path)
    assert (result.status, result.output) == (0, b"7")
    assert remarks(result) == [
        "midi_out: there is no sound here; the program goes on",
        "the program has run into the end of its code; service 10 (exit) ends one",
    ]


def test_main_may_return_and_is_found(tmp_path: Path) -> None:
    first = "twice: add a0, a0, a0\nret\n"
    main = ".globl main\nmain: mv s0, ra\nli a0, 4\ncall twice\nli a7, 1\necall\njr s0\n"
    result = run(first + main, tmp_path)
    assert (result.status, result.output, remarks(result)) == (0, b"8", [])
    result = run(first + main.replace(".globl main", ""), tmp_path)
    assert result.output == b""  # the first instruction is twice's, and its caller is nobody


FORKS = """
        .data
heap:   .word   0
        .text
        li      a7, 9
        li      a0, 8
        ecall
        mv      s0, a0
        li      a7, 1079        # fork is Linux's alone
        ecall
        mv      s1, a0
        li      a7, 9
        li      a0, 4
        ecall
        sub     a0, a0, s0
        bnez    s1, parent
        li      a7, 1
        ecall
        li      a7, 93
        li      a0, 5
        ecall
parent: mv      s2, a0
        li      a7, 260         # and so is wait4
        li      a0, -1
        li      a1, 0x10010000
        li      a2, 0
        li      a3, 0
        ecall
        li      a0, '/'
        li      a7, 11
        ecall
        mv      a0, s2
        li      a7, 1
        ecall
        lw      a0, heap
        srli    a0, a0, 8
        li      a7, 93
        ecall
"""


@pytest.mark.parametrize("fork", ["copy", "cow", "on-demand"])
def test_linux_s_other_calls_are_there_and_a_child_has_services_of_its_own(fork: str, tmp_path: Path) -> None:
    result = run(FORKS, tmp_path, fork=fork)
    assert (result.status, result.output) == (5, b"8/8")


def test_memory_that_programs_count_on(tmp_path: Path) -> None:
    places = (0x1000_0000, 0x1000_8000, 0x1001_0000, 0x1004_0000, 0x103F_FFFC, 0x7FFF_EFFC)
    stores = "".join(f"li t0, {place:#x}\nsw t0, 0(t0)\nlw t1, 0(t0)\nbne t0, t1, bad\n" for place in places)
    result = run(f"{stores}li a7, 10\necall\nbad: li a7, 93\nli a0, 1\necall\n", tmp_path)
    assert result.status == 0


PIPED = """
        .data
ends:   .space 8
first:  .string "ab"
rest:   .string "cd\\n"
line:   .space 16
        .text
        li      a0, 59          # pipe2
        la      a1, ends
        li      a2, 0
        ecall
        li      a0, 1079        # fork
        ecall
        lw      s0, ends
        la      t0, ends
        lw      s1, 4(t0)
        bnez    a0, parent
        li      a0, 24          # dup3
        mv      a1, s0
        li      a2, 0
        li      a3, 0
        ecall
        li      a0, 8           # read_string
        la      a1, line
        li      a2, 16
        ecall
        li      a0, 4
        la      a1, line
        ecall
        li      a0, 10
        ecall
parent: li      a0, 15          # fwrite
        mv      a1, s1
        la      a2, first
        li      a3, 1
        li      a4, 2
        ecall
        li      s2, 20000
wait:   addi    s2, s2, -1
        bnez    s2, wait
        li      a0, 15
        mv      a1, s1
        la      a2, rest
        li      a3, 3
        li      a4, 1
        ecall
        li      a0, 16          # fclose
        mv      a1, s1
        ecall
        li      a0, 260         # wait4
        li      a1, -1
        li      a2, 0
        li      a3, 0
        li      a4, 0
        ecall
        li      a0, 10
        ecall
"""


def test_a_reader_waits_for_the_end_of_its_line(tmp_path: Path) -> None:
    result = run(PIPED, tmp_path, dialect="venus", quantum=100)
    assert result.output == b"abcd\n"


def test_rand_int_without_a_seed_depends_on_the_machine_s(tmp_path: Path) -> None:
    text = "li a0, 3\nli a7, 41\necall\nli a7, 1\necall\nli a7, 10\necall\n"
    outputs = [run(text, tmp_path, seed=seed).output for seed in (1, 1, 2)]
    assert outputs[0] == outputs[1] != outputs[2]


def test_time_and_sleep_count_guest_time(tmp_path: Path) -> None:
    text = """
        li a7, 30
        ecall
        mv s0, a0
        mv s1, a1
        li a7, 32
        li a0, 5000
        ecall
        li a7, 30
        ecall
        sub a0, a0, s0
        li a7, 1
        ecall
        mv a0, s1
        ecall
        li a7, 10
        ecall
        """
    assert run(text, tmp_path).output == b"5000" + b"411"


def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("li t0, 0xffff0004\nlw t0, 0(t0)\n", tmp_path)
    assert result.status == 128 + 11
    assert remarks(result) == ["there is no device at 0xffff0004: this machine has none in memory"]


def test_an_image_remembers_its_dialect(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / "image"
    (tmp_path / "x.asm").write_text(
        '.eqv W 4\n.data\nt: .asciz "hello"\n.text\nla a0 t\nli a7 W\necall\nli a7 10\necall\n'
    )
    assert forklore("asm", str(tmp_path / "x.asm"), "-o", str(image)) == 0
    assert capfd.readouterr().err.endswith("x.asm:1: note: .eqv: read as rars's (--dialect gnu reads it as GNU's)\n")
    assert forklore("run", str(image)) == 0
    assert forklore("run", "--trace", "--dialect", "rars", str(image)) == 0
    out, err = capfd.readouterr()
    assert out == "hellohello"
    assert 'print_string("hello")' in err
    assert forklore("run", "--dialect", "gnu", str(image)) != 0
    tools = shutil.which("riscv64-unknown-elf-readelf") or shutil.which("readelf")
    if tools:
        shown = subprocess.run([tools, "-nlW", image], capture_output=True, text=True, check=True)
        assert "Forklore" in shown.stdout
        assert "72 61 72 73" in shown.stdout  # rars
        assert shown.stderr == ""


def test_a_program_may_include_what_its_user_can_read_and_a_guest_may_not(tmp_path: Path) -> None:
    (tmp_path / "lib.s").write_text(".macro leave (%status)\nli a0, %status\nli a7, 93\necall\n.end_macro\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert run('.include "../lib.s"\nleave (9)\n', folder).status == 9
    with pytest.raises(CannotRun):
        Machine(root=folder, dialect="rars").run("/program.s")
