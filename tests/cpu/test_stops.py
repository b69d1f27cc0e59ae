"""Precise stops, one situation a test: what stops, where, what it reports, and that it has changed nothing.

Expected values follow from the manual and DESIGN.md; where several instructions share a rule the naive interpreter
gives the expected state.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from tests.cpu.engine import EngineMachine
from tests.oracle import naive
from tests.oracle.generator import (
    AMOS,
    ECALL,
    LOADS,
    STORES,
    b_type,
    i_type,
    j_type,
    r_type,
    s_type,
    u_type,
)
from tests.oracle.naive import Stop
from vm.abi import Protection

TEXT, DATA, READ_ONLY, GAP = 0x0001_0000, 0x0040_0000, 0x0040_1000, 0x0040_2000
"""Two pages of code, a page of data, one that may only be read behind it, and nothing behind that."""
NOP = i_type(0x13, 0, 0, 0, 0)
FILL = bytes(range(256)) * 16
ATOMICS = {"lr.w": 2, "sc.w": 3, **AMOS}


def pack(words: Sequence[int], size: int = 4096) -> bytes:
    return struct.pack(f"<{len(words)}I", *words).ljust(size, b"\0")


def registers(**values: int) -> list[int]:
    """x0 to x31: each its number times 0x01010101, except those given."""
    return [values.get(f"x{n}", n * 0x0101_0101) for n in range(32)]


def start(engine: EngineMachine, words: Sequence[int], pc: int = TEXT, **values: int) -> list[int]:
    """Put code at TEXT, data behind it, and the registers; returns the registers."""
    engine.install(TEXT, pack(words, 8192), "rx")
    engine.install(DATA, FILL, "rw")
    engine.install(READ_ONLY, FILL, "r")
    engine.x, engine.pc = registers(**values), pc
    return engine.x


def stops(engine: EngineMachine, reason: str, address: int = 0, *, pc: int | None = None, retired: int = 0) -> None:
    """The next instruction after ``retired`` ones stops, with nothing changed after them."""
    if retired:
        assert engine.run(retired) == Stop(naive.BUDGET, engine.pc, 0, retired)
    before = engine.x, engine.reservation, engine.peek(DATA, 8192)
    place = engine.pc if pc is None else pc
    for budget in (1, 2, 100, 1 << 40):
        assert engine.run(budget) == Stop(reason, place, address, 0)
        assert (engine.x, engine.reservation, engine.peek(DATA, 8192)) == before
        assert engine.pc == place


# --- fetches ---


def test_code_runs_on_into_the_next_page(engine: EngineMachine) -> None:
    start(engine, [i_type(0x13, 0, 1, 1, 1)] * 2048, TEXT + 4096 - 8, x1=0)
    assert engine.run(5) == Stop(naive.BUDGET, TEXT + 4096 + 12, 0, 5)
    assert engine.x[1] == 5


@pytest.mark.parametrize("permissions", ["", "r", "rw"])
def test_code_runs_into_a_page_that_may_not_be_executed(engine: EngineMachine, permissions: str) -> None:
    if permissions:
        engine.install(TEXT + 8192, pack([NOP] * 1024), permissions)
    start(engine, [NOP] * 2048, TEXT + 8192 - 12)
    stops(engine, naive.FETCH_FAULT, TEXT + 8192, pc=TEXT + 8192, retired=3)


@pytest.mark.parametrize("target", [0, 4, 0x0FFC, GAP, DATA, READ_ONLY, 0x7FFF_FFFC, 0x8000_0000, 0xFFFF_FFFC])
def test_jump_to_what_may_not_be_executed_retires(engine: EngineMachine, target: int) -> None:
    start(engine, [i_type(0x67, 0, 5, 6, 0)], x6=target)
    assert engine.run(100) == Stop(naive.FETCH_FAULT, target, target, 1)
    assert engine.x == registers(x5=TEXT + 4, x6=target)


def test_last_page_of_the_address_space(engine: EngineMachine) -> None:
    last = 0x7FFF_F000
    engine.install(last, pack([NOP] * 1024), "x")
    engine.pc = last + 4092
    assert engine.run(9) == Stop(naive.FETCH_FAULT, 0x8000_0000, 0x8000_0000, 1)


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(j_type(5, 0x1002), id="jal"),
        pytest.param(j_type(5, -2), id="jal backward"),
        pytest.param(i_type(0x67, 0, 5, 6, 2), id="jalr"),
        pytest.param(i_type(0x67, 0, 6, 6, 3), id="jalr to its own register"),
        pytest.param(b_type(0, 7, 7, 6), id="beq"),
        pytest.param(b_type(1, 6, 7, -6), id="bne"),
        pytest.param(b_type(4, 6, 7, 6), id="blt"),
        pytest.param(b_type(5, 7, 6, 6), id="bge"),
        pytest.param(b_type(6, 6, 7, 2046), id="bltu"),
        pytest.param(b_type(7, 7, 6, -4094), id="bgeu"),
    ],
)
def test_misaligned_jump(engine: EngineMachine, word: int) -> None:
    start(engine, [NOP, NOP, word], x6=TEXT)
    reference = naive.Machine()
    reference.install(TEXT, pack([NOP, NOP, word]), "x")
    reference.x, reference.pc = engine.x, TEXT
    expected = reference.run(100)
    assert (expected.reason, expected.pc, expected.retired) == (naive.MISALIGNED_JUMP, TEXT + 8, 2)
    stops(engine, naive.MISALIGNED_JUMP, expected.address, pc=TEXT + 8, retired=2)


@pytest.mark.parametrize("f3", [1, 4, 6])
def test_branch_that_is_not_taken_may_have_a_misaligned_target(engine: EngineMachine, f3: int) -> None:
    start(engine, [b_type(f3, 7, 7, 6), ECALL])
    assert engine.run(100) == Stop(naive.SYSCALL, TEXT + 4, 0, 1)


# --- loads and stores ---


@pytest.mark.parametrize("address", [0, 0xFFC, GAP, 0x7FFF_FFFC, 0x8000_0000, 0xFFFF_FFFC])
@pytest.mark.parametrize("name", [*LOADS, *STORES])
def test_access_to_nothing(engine: EngineMachine, name: str, address: int) -> None:
    load = name in LOADS
    word = i_type(0x03, LOADS[name], 5, 6, -4) if load else s_type(0x23, STORES[name], 6, 7, -4)
    start(engine, [NOP, word], x6=(address + 4) & 0xFFFF_FFFF)
    stops(engine, naive.LOAD_FAULT if load else naive.STORE_FAULT, address, pc=TEXT + 4, retired=1)


def test_load_to_x0_faults_as_well(engine: EngineMachine) -> None:
    start(engine, [i_type(0x03, 2, 0, 6, 0)], x6=GAP)
    stops(engine, naive.LOAD_FAULT, GAP)


@pytest.mark.parametrize(("offset", "fault"), [(4093, 0), (4094, 0), (4095, 0), (4096, 0), (4090, None), (-1, -1)])
def test_store_across_the_end_of_a_writable_page(engine: EngineMachine, offset: int, fault: int | None) -> None:
    """The part that cannot be written is reported, and nothing is."""
    start(engine, [s_type(0x23, 2, 6, 7, 0), NOP], x6=DATA + offset)
    if fault is None:
        assert engine.run(1).retired == 1
        assert engine.peek(DATA + offset, 4) == bytes([7, 7, 7, 7])
    else:
        stops(engine, naive.STORE_FAULT, DATA - 1 if fault else READ_ONLY)


@pytest.mark.parametrize("size", [1, 2])
def test_load_across_the_end_of_memory(engine: EngineMachine, size: int) -> None:
    start(engine, [i_type(0x03, size, 5, 6, 0)], x6=GAP - 1)
    stops(engine, naive.LOAD_FAULT, GAP)


def test_access_that_wraps_around_the_address_space(engine: EngineMachine) -> None:
    start(engine, [i_type(0x03, 2, 5, 6, 0)], x6=0xFFFF_FFFE)
    stops(engine, naive.LOAD_FAULT, 0xFFFF_FFFE)


def test_address_arithmetic_wraps(engine: EngineMachine) -> None:
    start(engine, [i_type(0x03, 2, 5, 6, 2047)], x6=DATA - 2047 + 8)
    assert engine.run(1).retired == 1
    assert engine.x[5] == int.from_bytes(FILL[8:12], "little")
    engine.install(0x7FFF_F000, FILL, "rw")
    start(engine, [i_type(0x03, 4, 5, 6, -2048)], x6=0x8000_0000)
    assert engine.run(1).retired == 1
    assert engine.x[5] == FILL[2048]


@pytest.mark.parametrize("misalignment", range(4))
@pytest.mark.parametrize("name", [*LOADS, *STORES])
def test_misaligned_access_across_pages(engine: EngineMachine, name: str, misalignment: int) -> None:
    engine.install(0x0080_0000, FILL + FILL[::-1], "rw")
    address = 0x0080_0FFC + misalignment
    load = name in LOADS
    size = 1 << ((LOADS[name] if load else STORES[name]) & 3)
    word = i_type(0x03, LOADS[name], 5, 6, 0) if load else s_type(0x23, STORES[name], 6, 7, 0)
    start(engine, [word], x6=address, x7=0xA1B2_C3D4)
    content = bytearray(FILL + FILL[::-1])
    for _ in range(2):  # the second time the pages are in the TLB
        engine.pc = TEXT
        assert engine.run(1) == Stop(naive.BUDGET, TEXT + 4, 0, 1)
        if load:
            raw = content[0xFFC + misalignment :][:size]
            expected = int.from_bytes(raw, "little", signed=LOADS[name] < 4)
            assert engine.x == registers(x5=expected & 0xFFFF_FFFF, x6=address, x7=0xA1B2_C3D4)
        else:
            content[0xFFC + misalignment : 0xFFC + misalignment + size] = (0xA1B2_C3D4).to_bytes(4, "little")[:size]
        assert engine.peek(0x0080_0000, 8192) == content


# --- atomics ---


def atomic(name: str, ordering: int = 0) -> int:
    return r_type(0x2F, 2, ATOMICS[name] << 2 | ordering, 5, 6, 0 if name == "lr.w" else 7)


@pytest.mark.parametrize("misalignment", [1, 2, 3])
@pytest.mark.parametrize("name", list(ATOMICS))
def test_misaligned_atomic(engine: EngineMachine, name: str, misalignment: int) -> None:
    start(engine, [NOP, atomic(name)], x6=DATA + 64 + misalignment)
    stops(engine, naive.MISALIGNED_ATOMIC, DATA + 64 + misalignment, pc=TEXT + 4, retired=1)


@pytest.mark.parametrize("address", [0, READ_ONLY, TEXT, GAP, 0x8000_0000])
@pytest.mark.parametrize("name", list(AMOS))
def test_amo_on_what_cannot_be_written(engine: EngineMachine, name: str, address: int) -> None:
    """Always a store fault, although it reads first (Volume II, "Page-fault exceptions")."""
    start(engine, [atomic(name)], x6=address)
    stops(engine, naive.STORE_FAULT, address)


def test_lr_of_nothing(engine: EngineMachine) -> None:
    start(engine, [atomic("lr.w")], x6=GAP)
    stops(engine, naive.LOAD_FAULT, GAP)


def test_sc_to_a_reserved_word_that_cannot_be_written(engine: EngineMachine) -> None:
    start(engine, [atomic("lr.w"), atomic("sc.w")], x6=READ_ONLY)
    stops(engine, naive.STORE_FAULT, READ_ONLY, pc=TEXT + 4, retired=1)
    assert engine.reservation is not None


@pytest.mark.parametrize("ordering", range(4))
@pytest.mark.parametrize("name", list(ATOMICS))
def test_orderings_change_nothing(engine: EngineMachine, name: str, ordering: int) -> None:
    outcomes = []
    for bits in (0, ordering):
        start(engine, [atomic("lr.w"), atomic(name, bits)], x6=DATA)
        assert engine.run(2).retired == 2
        outcomes.append((engine.x, engine.reservation, engine.peek(DATA, 4096)))
    assert outcomes[0] == outcomes[1]


def test_atomic_to_x0_still_writes(engine: EngineMachine) -> None:
    start(engine, [r_type(0x2F, 2, AMOS["amoswap.w"] << 2, 0, 6, 7)], x6=DATA)
    assert engine.run(1).retired == 1
    assert engine.x == registers(x6=DATA)
    assert engine.peek(DATA, 4) == bytes([7, 7, 7, 7])


# --- budgets ---


@pytest.mark.parametrize("words", [[ECALL], [0x0010_0073], [0], [i_type(0x03, 2, 5, 0, 0)], [j_type(0, 2)]])
def test_budget_that_ends_before_a_stop_is_a_budget_stop(engine: EngineMachine, words: list[int]) -> None:
    start(engine, [NOP] * 5 + words)
    assert engine.run(0) == Stop(naive.BUDGET, TEXT, 0, 0)
    assert engine.run(5) == Stop(naive.BUDGET, TEXT + 20, 0, 5)
    assert engine.run(0) == Stop(naive.BUDGET, TEXT + 20, 0, 0)
    assert engine.run(1).reason != naive.BUDGET


def test_ecall_is_not_counted(engine: EngineMachine) -> None:
    start(engine, [NOP, NOP, ECALL])
    assert engine.run(1 << 40) == Stop(naive.SYSCALL, TEXT + 8, 0, 2)


def loop_over_pages() -> list[int]:
    """Two pages: a counting loop that leaves its page, returns, and jumps inside it."""
    words = [NOP] * 2048
    words[1022:1028] = [
        i_type(0x13, 0, 5, 5, 1),
        b_type(4, 5, 0, 8),  # never taken
        j_type(1, 8),
        NOP,
        i_type(0x13, 0, 6, 6, 3),
        j_type(0, -16),
    ]
    return words


@pytest.mark.parametrize("before", range(4))
def test_every_budget_over_a_loop_that_crosses_pages(engine: EngineMachine, before: int) -> None:
    reference = naive.Machine()
    reference.install(TEXT, pack(loop_over_pages()), "x")
    for budget in range(engine.sample(60, 20)):
        start(engine, loop_over_pages(), TEXT + 4 * (1022 - before), x5=0, x6=0)
        reference.x, reference.pc = engine.x, engine.pc
        assert engine.run(budget) == reference.run(budget)
        assert engine.run(7) == reference.run(7)
        assert engine.x == reference.x


@pytest.mark.parametrize("budget", [1000, 1023, 1024, 1025, 2047, 2048, 2049, 5000, 123_456])
def test_large_budgets_are_exact(engine: EngineMachine, budget: int) -> None:
    """A loop over two whole pages: every instruction adds 1 to x5 except the jump back."""
    if budget > engine.sample(10**6, 3000):
        pytest.skip("a smaller sample in the slow modes")
    words = [i_type(0x13, 0, 5, 5, 1)] * 2047 + [j_type(0, -4 * 2047)]
    start(engine, words, x5=0)
    assert engine.run(budget) == Stop(naive.BUDGET, TEXT + 4 * (budget % 2048), 0, budget)
    assert engine.x[5] == budget - budget // 2048


@pytest.mark.parametrize("entry", [0, 1, 1022, 1023])
def test_every_budget_around_a_loop_of_one_page(engine: EngineMachine, entry: int) -> None:
    """1023 additions and a jump back to the first."""
    words = [i_type(0x13, 0, 5, 5, 1)] * 1023 + [j_type(0, -4 * 1023)] + [NOP] * 1024
    start(engine, words)
    for budget in (*range(1020, 1029), *range(2044, 2053)):
        engine.x, engine.pc = registers(x5=0), TEXT + 4 * entry
        assert engine.run(budget) == Stop(naive.BUDGET, TEXT + 4 * ((entry + budget) % 1024), 0, budget)
        assert engine.x[5] == budget - (entry + budget) // 1024


def test_jump_to_itself(engine: EngineMachine) -> None:
    start(engine, [j_type(0, 0)])
    for budget in (1, 2, 1023, 1024, engine.sample(100_000, 2000)):
        assert engine.run(budget) == Stop(naive.BUDGET, TEXT, 0, budget)


def test_shared_code_under_different_budgets(engine: EngineMachine) -> None:
    """A budget's end leaves no trace in code that another process executes next."""
    start(engine, [i_type(0x13, 0, 5, 5, 1)] * 2048, x5=0)
    other = engine.share()
    other.pc = TEXT
    for budget in range(1, 30):
        assert engine.run(budget).retired == budget
        assert other.run(37) == Stop(naive.BUDGET, other.pc, 0, 37)
    assert engine.x[5] == sum(range(1, 30))
    assert other.x[5] == 29 * 37


# --- x0 ---


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(u_type(0x37, 0, 0xFFFFF), id="lui"),
        pytest.param(u_type(0x17, 0, 1), id="auipc"),
        pytest.param(j_type(0, 4), id="jal"),
        pytest.param(i_type(0x67, 0, 0, 6, 0), id="jalr"),
        pytest.param(i_type(0x03, 2, 0, 8, 0), id="lw"),
        pytest.param(i_type(0x13, 0, 0, 7, 1), id="addi"),
        pytest.param(r_type(0x33, 0, 0, 0, 7, 7), id="add"),
        pytest.param(r_type(0x33, 0, 1, 0, 7, 7), id="mul"),
        pytest.param(r_type(0x33, 4, 1, 0, 7, 7), id="div"),
        pytest.param(r_type(0x2F, 2, 2 << 2, 0, 8, 0), id="lr.w"),
        pytest.param(r_type(0x2F, 2, 3 << 2, 0, 8, 7), id="sc.w"),
        pytest.param(r_type(0x2F, 2, 0, 0, 8, 7), id="amoadd.w"),
    ],
)
def test_x0_stays_zero(engine: EngineMachine, word: int) -> None:
    before = start(engine, [word, r_type(0x33, 0, 0, 5, 0, 0)], x6=TEXT + 4, x8=DATA)
    assert engine.run(2) == Stop(naive.BUDGET, TEXT + 8, 0, 2)
    assert engine.x == [*before[:5], 0, *before[6:]]


# --- W^X ---


@pytest.mark.parametrize("target", [TEXT, TEXT + 4095, TEXT + 4096])
def test_code_cannot_be_written(engine: EngineMachine, target: int) -> None:
    start(engine, [s_type(0x23, 0, 6, 7, 0)], x6=target)
    stops(engine, naive.STORE_FAULT, target)


def test_data_cannot_be_executed(engine: EngineMachine) -> None:
    start(engine, [s_type(0x23, 2, 6, 7, 0), i_type(0x67, 0, 0, 6, 0)], x6=DATA, x7=NOP)
    assert engine.run(100) == Stop(naive.FETCH_FAULT, DATA, DATA, 2)


def test_execute_only_page(engine: EngineMachine) -> None:
    engine.install(0x0080_0000, pack([i_type(0x03, 2, 5, 6, 0)]), "x")
    engine.x, engine.pc = registers(x6=0x0080_0000), 0x0080_0000
    assert engine.run(100) == Stop(naive.LOAD_FAULT, 0x0080_0000, 0x0080_0000, 0)


def test_no_page_is_writable_and_executable(engine: EngineMachine) -> None:
    both = Protection.WRITE | Protection.EXEC
    with pytest.raises(ValueError, match="executable"):
        engine.space.map(0x0090_0000, 0x0090_1000, both, "mapping")
    segment = engine.space.map(0x0090_0000, 0x0090_1000, Protection.READ, "mapping")
    with pytest.raises(ValueError, match="executable"):
        engine.space.protect(segment.start, segment.end, both | Protection.READ)


def test_code_that_was_rewritten_is_decoded_anew(engine: EngineMachine) -> None:
    """The guest's own stores, between two changes of protection, and the permissions in between."""
    start(engine, [i_type(0x13, 0, 5, 0, 1)], x5=0)
    assert engine.run(1).retired == 1
    segment = engine.space.find(TEXT)
    assert segment is not None
    engine.install(0x0080_0000, pack([s_type(0x23, 2, 6, 7, 0), i_type(0x67, 0, 0, 6, 0)]), "rx")
    engine.space.protect(segment.start, segment.end, Protection.READ | Protection.WRITE)
    engine.x, engine.pc = registers(x6=TEXT, x7=i_type(0x13, 0, 5, 0, 2)), 0x0080_0000
    assert engine.run(3) == Stop(naive.FETCH_FAULT, TEXT, TEXT, 2)
    engine.space.protect(segment.start, segment.end, Protection.READ | Protection.EXEC)
    assert engine.run(1).retired == 1
    assert engine.x[5] == 2


def test_permission_taken_away_holds_at_once(engine: EngineMachine) -> None:
    """A page that has been read and written, so that the TLB knows it, becomes read-only and then inaccessible."""
    start(engine, [s_type(0x23, 2, 6, 7, 0), i_type(0x03, 2, 5, 6, 0), j_type(0, -8)], x6=DATA)
    assert engine.run(6).retired == 6
    segment = engine.space.find(DATA)
    assert segment is not None
    engine.space.protect(segment.start, segment.end, Protection.READ)
    stops(engine, naive.STORE_FAULT, DATA)
    engine.pc = TEXT + 4
    assert engine.run(1).retired == 1
    engine.space.protect(segment.start, segment.end, Protection.NONE)
    engine.pc = TEXT + 4
    assert engine.run(1) == Stop(naive.LOAD_FAULT, TEXT + 4, DATA, 0)


# --- accessed and dirty bits ---

A, D = 1 << 6, 1 << 7
"""Bits of a page-table entry (Volume II, "Sv32")."""


@pytest.mark.parametrize(
    ("word", "address", "marks"),
    [
        pytest.param(i_type(0x03, 0, 5, 6, 0), DATA, {DATA: A}, id="load"),
        pytest.param(s_type(0x23, 0, 6, 7, 0), DATA, {DATA: A | D}, id="store"),
        pytest.param(atomic("lr.w"), DATA, {DATA: A}, id="lr.w"),
        pytest.param(atomic("amoadd.w"), DATA, {DATA: A | D}, id="amoadd.w"),
        pytest.param(atomic("amoadd.w"), DATA + 2, {}, id="misaligned amoadd.w"),
        pytest.param(atomic("amoadd.w"), READ_ONLY, {}, id="amoadd.w on a read-only page"),
        pytest.param(s_type(0x23, 0, 6, 7, 0), READ_ONLY, {}, id="store to a read-only page"),
        pytest.param(i_type(0x03, 2, 5, 6, 0), READ_ONLY - 2, {DATA: A, READ_ONLY: A}, id="load across pages"),
        pytest.param(i_type(0x03, 2, 5, 6, 0), GAP - 2, {}, id="load across the end"),
        pytest.param(s_type(0x23, 2, 6, 7, 0), READ_ONLY - 2, {}, id="store across the end"),
    ],
)
def test_marks(engine: EngineMachine, word: int, address: int, marks: dict[int, int]) -> None:
    """A and D say what a permitted access did; an instruction that stopped leaves no mark."""
    start(engine, [word], x6=address)
    assert engine.space.entry(TEXT) & (A | D) == 0
    engine.run(1)
    assert engine.space.entry(TEXT) & (A | D) == A
    assert {page: mark for page in (DATA, READ_ONLY) if (mark := engine.space.entry(page) & (A | D))} == marks
