"""How processes died, as a result tells it: what happened, where, by which calls; told once, bounded, without noise."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from tests.isa.seeds import chooser
from vm import Machine, isa
from vm.observe.deaths.closing import closing_lines
from vm.observe.deaths.entries import Death
from vm.observe.deaths.report import MOST_DEATHS, MOST_REFUSED
from vm.records import Result

EXIT = "\n li a7, 93\n ecall\n"
FAULTS = {
    "read-only": ("la t0, fixed\n sw zero, 0(t0)", "store to read-only 'fixed' in .rodata"),
    "inside": ("la t0, fixed\n sb zero, 2(t0)", "store to read-only 'fixed'+2 in .rodata"),
    "code": ("la t0, _start\n sw zero, 0(t0)", "store to code '_start' in .text"),
    "null": ("li t0, 0\n lw a0, 0(t0)", "load from address 0: a null pointer"),
    "member": ("li t0, 0\n lw a0, 8(t0)", "load from address 0x8, near a null pointer"),
    "nowhere": ("li t0, 0x40000000\n sw a0, 0(t0)", "store to 0x40000000, where nothing is mapped"),
    "data": ("la t0, buffer\n jr t0", "jump into data: 'buffer' in .data is not executable"),
    "call": ("li t0, 0\n jalr t0", "call through a null pointer"),
    "jump": ("li t0, 0x40000000\n jr t0", "jump to 0x40000000, where nothing is mapped"),
    "misaligned": ("la t0, _start+2\n jr t0", "jump to 0x00010002, which is no multiple of 4"),
    "atomic": (
        "la t0, buffer+1\n amoadd.w a0, a0, (t0)", "amoadd.w at address 0x00012001, which is no multiple of 4",
    ),
    "heap": ("call free\n j end\nfree: sb zero, 0(zero)", "the C library found its heap damaged"),
    "return": ("li ra, 0x40000001\n ret", "return to 0x40000000, where nothing is mapped"),
    "smashed": ("call __stack_chk_fail\n j end\n__stack_chk_fail: sb zero, 0(zero)",
                "stack smashing: _start wrote past a local array"),
    "sanitized": ("call __ubsan_handle_shift_out_of_bounds_abort\n j end\n__ubsan_handle_shift_out_of_bounds_abort:\n"
                  "li a7, 172\n ecall\n li a1, 6\n li a7, 129\n ecall",
                  "the sanitizer found undefined behaviour: shift out of bounds"),
    "ebreak": ("ebreak", "ebreak, a breakpoint without a debugger"),
    "unimp": (".word 0xc0001073", "illegal instruction 0xc0001073: unimp, a deliberate trap"),
    "csr": (".word 0xc0102573", "illegal instruction 0xc0102573: an access to the control and status register time"),
    "past the end": ("j end", "the program ran past the end of its code"),
    "stack": ("1: addi sp, sp, -16\n sw a0, 0(sp)\n j 1b", "stack overflow: the stack has reached its limit of 8 MiB"),
    "abort": ("li a7, 172\n ecall\n li a1, 6\n li a7, 129\n ecall", "SIGABRT, which it sent itself"),
}  # fmt: skip


def run(folder: Path, text: str, **settings: object) -> Result:
    (folder / "program.s").write_text(f".globl _start\n_start:\n {text}{EXIT}.rodata\nfixed: .word 1\n.data\nbuffer: "
                                      ".word 0, 0\n.text\nend:\n")  # fmt: skip
    return Machine(**settings).run(folder / "program.s")  # type: ignore[arg-type]


def death(folder: Path, text: str, **settings: object) -> Death:
    result = run(folder, text, **settings)
    (only,) = result.deaths
    assert result.status == only.status
    return only


@pytest.mark.parametrize(("text", "what"), FAULTS.values(), ids=FAULTS)
def test_what_happened(tmp_path: Path, text: str, what: str):
    assert death(tmp_path, text).what == what


def test_where_nothing_is_loaded_nothing_has_a_name(tmp_path: Path):
    found = death(tmp_path, "li t0, 0x40000000\n li ra, 0x40000008\n jr t0")
    assert (found.backtrace[0].function, found.backtrace[0].pc) == ("", 0x4000_0000)
    assert {register.meaning for register in found.registers} <= {"", "stack"}


def test_where_and_with_which_registers(tmp_path: Path):
    found = death(tmp_path, "la t0, fixed\n sw zero, 0(t0)")
    assert (found.pid, found.name, found.signal, found.status) == (2, "program.s", 11, 139)
    assert (found.place.function, found.place.file, found.place.line) == ("_start", "program.s", 4)
    assert (found.pc, found.instruction) == (0x10008, "sw zero, 0(t0)")
    assert [(register.name, register.meaning) for register in found.registers] == [
        ("t0", "fixed"), ("ra", ""), ("sp", "stack"),
    ]  # fmt: skip
    assert "store to read-only 'fixed' in .rodata" in " ".join(str(found).split())
    assert len(repr(found)) < 2000
    assert found.all_registers[5] == found.registers[0].value == 0x11000


def test_the_address_is_told_where_no_source_is_shown(tmp_path: Path):
    """The symbols have a name for it, and a caret with the address needs a line."""
    found = death(tmp_path, "la t0, fixed\n sw zero, 0(t0)")
    elsewhere = replace(found, place=replace(found.place, path=None))
    assert [str(it).count("store to 0x00011000") for it in (found, elsewhere)] == [1, 1]
    assert "      = store to 0x00011000" in str(elsewhere)
    assert "      = store" not in str(found)


def test_what_is_near_is_named(tmp_path: Path):
    found = death(tmp_path, "la t0, buffer\n li t1, 0x1000\n add t0, t0, t1\n lw a0, 4(t0)")
    assert found.here == "4 bytes behind the end of the data"
    assert found.advice == "the data (00012000-00013000) is the nearest segment"
    found = death(tmp_path, "la t0, buffer\n li t1, 0x1000\n add t0, t0, t1\n lw a0, 0(t0)")
    assert found.here == "right behind the end of the data"


def test_a_stack_without_memory_blames_the_memory(tmp_path: Path):
    found = death(tmp_path, "1: addi sp, sp, -16\n sw a0, 0(sp)\n j 1b", memory=64 << 12)
    assert found.what == "stack overflow: no memory is left for the stack to grow"
    assert death(tmp_path, "1: addi sp, sp, -16\n sw a0, 0(sp)\n j 1b", stack=8192).what.endswith("limit of 8 KiB")


CALLS = """ call f
 li a0, 0
 li a7, 93
 ecall
f: addi sp, sp, -16
 sw ra, 12(sp)
 sw s0, 8(sp)
 addi s0, sp, 16
 call g
 lw ra, 12(sp)
 ret
g: lw a0, 0(zero)
 ret"""


def test_calls_are_told_as_far_as_they_can_be_known(tmp_path: Path):
    found = death(tmp_path, CALLS)
    assert [place.function for place in found.backtrace] == ["g", "f", "_start"]
    assert [place.is_sure for place in found.backtrace] == [True, False, False]


def test_ra_of_an_earlier_call_is_not_taken_for_the_way_back(tmp_path: Path):
    found = death(tmp_path, "call f\n lw a0, 0(zero)\n j end\nf: ret")
    assert [place.function for place in found.backtrace] == ["_start"]


def test_a_handled_fault_is_no_death_and_one_sent_on_purpose_says_who(tmp_path: Path):
    act = """
 la a1, action
 li a0, 11
 li a2, 0
 li a3, 8
 li a7, 134
 ecall
 lw a0, 0(zero)
handler: li a0, 3
 li a7, 93
 ecall
 .data
 .balign 4
action: .word handler, 0, 0, 0, 0
 .text
"""
    result = run(tmp_path, act)
    assert (result.status, result.deaths) == (3, ())
    on_purpose = death(tmp_path, "li a7, 172\n ecall\n li a1, 15\n li a7, 129\n ecall")
    assert (on_purpose.is_sent, on_purpose.what) == (True, "SIGTERM, which it sent itself")


FORKS = """ li s0, {count}
1: li a7, 1079
 ecall
 beqz a0, child
 li a0, -1
 li a1, 0
 li a2, 0
 li a3, 0
 li a7, 260
 ecall
 addi s0, s0, -1
 bnez s0, 1b
 li a0, 5
 li a7, 93
 ecall
child: {child}
"""


def test_a_thousand_children_that_die_alike_are_one_death(tmp_path: Path):
    result = run(tmp_path, FORKS.format(count=1000, child="lw a0, 0(zero)"))
    (found,) = result.deaths
    assert (result.status, found.pid, found.parent, found.count) == (5, 3, 2, 1000)
    assert result.report.more_deaths == 0


def test_deaths_that_differ_are_bounded_and_counted(tmp_path: Path):
    child = "slli t0, s0, 3\n la t1, traps\n add t1, t1, t0\n jr t1\ntraps: " + "lw a0, 0(zero)\n j traps\n" * 21
    result = run(tmp_path, FORKS.format(count=20, child=child))
    assert len(result.deaths) == MOST_DEATHS
    assert result.report.more_deaths == 20 - MOST_DEATHS


def test_children_that_are_killed_on_purpose_are_not_told_of(tmp_path: Path):
    child = "li a7, 172\n ecall\n li a1, 11\n li a7, 129\n ecall"
    assert run(tmp_path, FORKS.format(count=1, child=child)).deaths == ()


UNKNOWN = {
    (4, 0): "call 4 is not one of Linux's; RARS's print_string has that number: --dialect rars",
    (1, 0): "call 1 is Linux's io_destroy, which this machine does not have; "
    "RARS's print_int has that number: --dialect rars",
    (0, 4): "call 0 is Linux's io_setup, which this machine does not have; "
    "Venus has its number in a0, and 4 is print_string: --dialect venus",
    (97, 0): "call 97 is Linux's unshare, which this machine does not have",
    (5000, 0): "call 5000 is not one of Linux's",
    (220, 0x1011): "clone with CLONE_PIDFD is refused: this machine has no file descriptors of processes",
}


def test_calls_that_the_machine_does_not_make_are_named_once(tmp_path: Path):
    text = "".join(f" li a0, {first}\n li a7, {number}\n ecall\n" for number, first in list(UNKNOWN) * 2)
    result = run(tmp_path, text)
    assert result.deaths == ()
    assert [(call.number, call.reason) for call in result.report.refused_calls] == [
        (number, reason) for (number, _), reason in UNKNOWN.items()
    ]
    assert result.report.refused_calls[0].place.line == 5


def test_refused_calls_are_bounded_and_counted(tmp_path: Path):
    text = " li s0, 600\n1: mv a7, s0\n ecall\n addi s0, s0, 1\n li t0, 700\n bne s0, t0, 1b\n li a0, 0"
    report = run(tmp_path, text).report
    assert (len(report.refused_calls), report.more_refused) == (MOST_REFUSED, 100 - MOST_REFUSED)


def test_a_failed_call_before_a_death_is_told_with_it(tmp_path: Path):
    failing = " li a0, -100\n la a1, buffer\n li a2, 0\n li a3, 0\n li a7, 56\n ecall\n lw a0, 0(zero)"
    (failed,) = death(tmp_path, failing).failures
    assert (failed.call, failed.error, failed.place.line, failed.before) == ("openat", "ENOENT", 8, 0)


def test_a_chain_of_failed_calls_is_told_from_its_cause_on(tmp_path: Path):
    chain = "".join(f" li a0, -100\n la a1, buffer\n li a7, {call}\n ecall\n" for call in (56, 46, 62, 57))
    died = death(tmp_path, chain + " lw a0, 0(zero)")
    assert [failed.call for failed in died.failures] == ["close", "_llseek", "ftruncate64", "openat"]
    assert all(failed.call in str(died) for failed in died.failures)


def test_where_everybody_was_when_a_limit_ended_the_run(tmp_path: Path):
    result = run(tmp_path, FORKS.format(count=1, child="j child"), instructions=1000)
    waiting, running = result.report.whereabouts
    assert (waiting.pid, waiting.waits_for, waiting.place.line) == (2, "child 3 to change state", 12)
    assert (running.pid, running.waits_for, running.place.function) == (3, "", "child")
    assert result.deaths == ()


def test_a_report_goes_through_a_pickle_in_words(tmp_path: Path):
    result = run(tmp_path, "li a7, 4\n ecall\n lw a0, 0(zero)")
    again = pickle.loads(pickle.dumps(result))
    assert again.deaths == result.deaths
    assert again.report.refused_calls == result.report.refused_calls
    assert len(pickle.dumps(result.report)) < 5000
    assert pickle.loads(pickle.dumps(again)).deaths == result.deaths


TOUCH = """li a0, 0
 li a1, 0x400000
 li a2, 3
 li a3, 0x22
 li a4, -1
 li a5, 0
 li a7, 222
 ecall
 li t0, 4096
1: sw a0, 0(a0)
 add a0, a0, t0
 j 1b"""


def test_memory_that_was_promised_and_is_not_there(tmp_path: Path):
    found = death(tmp_path, TOUCH, memory=1 << 20, overcommit=True)
    assert (found.signal, found.what) == (9, "memory that had been promised was not there")
    assert "--memory gives more" in " ".join(str(found).split())


def test_a_handler_without_a_stack(tmp_path: Path):
    act = """la a1, action
 li a0, 10
 li a2, 0
 li a3, 8
 li a7, 134
 ecall
 li sp, 64
 li a7, 172
 ecall
 li a1, 10
 li a7, 129
 ecall
 .data
 .balign 4
action: .word _start, 0, 0, 0, 0
 .text
"""
    found = death(tmp_path, act)
    assert found.what == "a signal's record did not fit on the stack, or was damaged"
    assert found.place.line == 14


def test_where_everybody_waits_for_ever(tmp_path: Path):
    text = "la a0, buffer\n li a1, 0\n li a7, 59\n ecall\n lw a0, buffer\n la a1, buffer\n li a2, 1\n li a7, 63\n ecall"
    result = run(tmp_path, text)
    (waiting,) = result.report.whereabouts
    assert (result.status, waiting.waits_for, waiting.place.line) == (124, "data in pipe 1", 11)


THREAD = """la a1, stack
 li a0, 0x10f00
 li a7, 220
 ecall
 beqz a0, other
 la a0, buffer
 li a1, 0
 li a2, 0
 li a3, 0
 li a7, 422
 ecall
 .bss
 .skip 64
stack:
 .text
other: {other}"""


def test_a_death_says_which_thread_died(tmp_path: Path):
    found = death(tmp_path, THREAD.format(other="lw a0, 0(zero)"))
    assert (found.pid, found.thread, found.place.function) == (2, 3, "other")
    assert str(found).startswith("forklore: pid 2 (program.s) died of SIGSEGV in thread 3: load from address 0")
    first = death(tmp_path, "lw a0, 0(zero)")
    assert first.thread == 2
    assert str(first).startswith("forklore: pid 2 (program.s) died of SIGSEGV: load from address 0")


def test_the_stack_of_a_thread_that_ends_at_its_guard(tmp_path: Path):
    reserve = "li a0, 0\n li a1, 0x2000\n li a2, 0\n li a3, 0x22\n li a4, -1\n li a5, 0\n li a7, 222\n ecall"
    into = "li t0, 0x1000\n add sp, a0, t0\n call deep\ndeep: sw ra, -4(sp)"
    found = death(tmp_path, THREAD.format(other=f"{reserve}\n {into}"))
    assert found.what == "stack overflow: the stack of the thread ends here"
    assert found.advice.endswith("pthread_attr_setstacksize gives a thread a larger stack")
    elsewhere = death(tmp_path, f"{reserve}\n sw a0, 4(a0)")
    assert elsewhere.what.endswith("which no access is allowed to")


def test_where_every_thread_waits_for_ever(tmp_path: Path):
    wait = "la a0, buffer+4\n li a1, 0\n li a2, 0\n li a3, 0\n li a7, 422\n ecall"
    result = run(tmp_path, THREAD.format(other=wait))
    assert result.message.splitlines()[1:] == [
        "  pid 2 waits for the word at 0x00012000 to change",
        "  pid 2, thread 3 waits for the word at 0x00012004 to change",
    ]
    report = result.report
    assert [(at.pid, at.thread, at.waits_for) for at in report.whereabouts] == [
        (2, 2, "the word at 0x00012000 ('buffer') to change"),
        (2, 3, "the word at 0x00012004 ('buffer'+4) to change"),
    ]
    lines = [line.plain for line in closing_lines(report)]
    assert lines[0].startswith("  pid 2 (program.s) waits for the word at")
    assert any(line.startswith("  pid 2, thread 3 (program.s) waits for the word at") for line in lines)


VALUES = (0, 4, 0x1_0010, 0x1_1000, 0x1_2004, 0x7F7F_FFF0, 0x7FFF_F000)


def test_whatever_a_program_does_its_death_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    rng = chooser()
    for _ in range(60):
        words = [
            row.match | rng.getrandbits(32) & ~row.mask & isa.WORD_MASK for row in rng.choices(isa.INSTRUCTIONS, k=40)
        ]
        words[rng.randrange(40)] = rng.getrandbits(32)
        registers = [rng.choice((*VALUES, rng.getrandbits(32))) for _ in range(31)]
        text = "".join(f" li x{number}, {value}\n" for number, value in enumerate(registers, 1))
        text += "".join(f" .word {word:#x}\n" for word in words)
        report = pickle.loads(pickle.dumps(run(tmp_path, text, instructions=2000, output=1000).report))
        for number in range(len(report)):
            assert not [line for line in str(report.entry(number)).splitlines() if len(line) > 80]
