"""When translations are made, found again, refused and forgotten."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asm import Source, assemble
from vm import Machine
from vm.abi import Protection
from vm.copying import Copier
from vm.cpu import interpreter
from vm.cpu.decode import COUNTS, ENTRY
from vm.cpu.state import PC, StopReason, new_context
from vm.engine import engines
from vm.memory import AddressSpace, PhysicalMemory
from vm.memory.strategies import copy

pytestmark = pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host")

TEXT = 0x0001_0000
LOOP = """
_start: li      s0, 0
        li      s1, {turns}
1:      addi    s0, s0, {step}
        call    twice
        addi    s1, s1, -1
        bnez    s1, 1b
        mv      a0, s0
        ebreak
twice:  slli    t0, s0, 1
        xor     s0, s0, t0
        ret
"""


def new_translator(memory: PhysicalMemory, **options: Any) -> Any:
    from vm.engine.translator.engine import Translator

    return Translator(memory, **options)


def load(memory: PhysicalMemory, turns: int = 400_000, step: int = 3) -> AddressSpace:
    """A space with LOOP in it."""
    from vm.elf import load_image

    image = load_image(assemble([Source("loop.s", LOOP.format(turns=turns, step=step))]).image)
    space = AddressSpace(memory)
    space.map(TEXT, TEXT + 4096, Protection.READ | Protection.WRITE, "mapping")
    space.write(TEXT, image.segments[0].data)
    space.protect(TEXT, TEXT + 4096, Protection.READ | Protection.EXEC)
    return space


def run(engine: Any, space: AddressSpace) -> tuple[list[int], Any]:
    context = new_context()
    context[PC] = TEXT
    stop = engine.run(context, space, 1 << 40)
    assert stop.reason is StopReason.BREAKPOINT
    return context[:32].tolist(), stop


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of translations, for translators that can afford whatever the host is busy with."""
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path))
    monkeypatch.setattr("vm.engine.translator.engine.AFFORDABLE", 1e6)
    return tmp_path / "translations"


def test_what_is_hot_is_translated_and_found_again(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    expected = run(interpreter, load(memory))
    engine = new_translator(memory)
    assert run(engine, load(memory)) == expected
    made = engine.statistics.regions
    assert made > 0
    assert engine.statistics.executed > expected[1].retired * 0.2
    engine.save()
    second = new_translator(PhysicalMemory(1 << 20))
    assert run(second, load(second.memory)) == expected
    assert second.statistics.recalled >= made
    assert second.statistics.executed > expected[1].retired * 0.9


def test_other_frames_with_the_same_code_use_the_same_translations(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    first, second = load(memory), load(memory)
    run(engine, first)  # what is only warm is translated in time
    expected = run(engine, first)
    made = engine.statistics.regions
    assert run(engine, second) == expected
    assert engine.statistics.regions == made


def test_other_code_at_the_same_address_gets_its_own(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    spaces = [load(memory, step=step) for step in (3, 4, 5)]
    expected = [run(interpreter, space) for space in spaces]
    for _ in range(2):
        assert [run(engine, space) for space in spaces] == expected


def test_a_forked_space_shares_translations(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    parent = load(memory)
    run(engine, parent)  # what is only warm is translated in time
    expected = run(engine, parent)
    made = engine.statistics.regions
    child, _ = copy(parent)
    assert run(engine, child) == expected
    assert engine.statistics.regions == made


def test_a_forked_space_does_not_look_for_what_its_parent_has(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To hold all pages against all that is kept would take longer than most children live."""
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    parent = load(memory)
    expected = run(engine, parent)
    child, _ = copy(parent)
    looks: list[int] = []
    look = engine._look
    monkeypatch.setattr(engine, "_look", lambda space, page, known: looks.append(page) or look(space, page, known))
    before = engine.statistics.executed
    assert run(engine, child) == expected
    assert engine.statistics.executed - before > expected[1].retired * 0.9
    assert not looks
    memory.is_decoded[:] = 0  # as when no more decoded code may be kept
    assert run(engine, copy(parent)[0]) == expected
    assert looks


def test_freed_and_rewritten_frames_lose_their_translations(cache: Path) -> None:
    memory = PhysicalMemory(16 * 4096)
    engine = new_translator(memory)
    for step in range(3, 9):
        space = load(memory, 60_000, step)
        assert run(engine, space) == run(interpreter, space)
        space.destroy()


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "a bit": flip,
    "its end": lambda file: file.write_bytes(file.read_bytes()[:-9]),
    "all of it": lambda file: file.write_bytes(b""),
    "another page's": lambda file: file.write_bytes(file.with_name(file.name).read_bytes()[:32] + b"[]\n"),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_a_damaged_file_is_made_again(cache: Path, damage: str) -> None:
    engine = new_translator(PhysicalMemory(1 << 20))
    expected = run(engine, load(engine.memory))
    engine.save()
    (folder,) = cache.iterdir()
    for file in folder.iterdir():
        DAMAGES[damage](file)
    again = new_translator(PhysicalMemory(1 << 20))
    assert run(again, load(again.memory)) == expected
    assert again.statistics.regions > 0
    again.save()
    third = new_translator(PhysicalMemory(1 << 20))
    assert run(third, load(third.memory)) == expected
    assert third.statistics.recalled > 0


def test_a_cache_that_cannot_be_written_is_no_error(cache: Path) -> None:
    engine = new_translator(PhysicalMemory(1 << 20))
    run(engine, load(engine.memory))
    engine.cache.folder = Path("/proc/nowhere")
    engine.save()


def test_old_translations_go_when_room_is_short(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    spaces = [load(memory, step=step) for step in (3, 4, 5, 6)]
    expected = [run(interpreter, space) for space in spaces]
    engine.run(new_context(), spaces[0], 0)  # the arena is made when an engine runs first
    engine.arena.limit = engine.arena.used + 700
    for _ in range(2):
        assert [run(engine, space) for space in spaces] == expected
    assert engine.statistics.evictions > 0


def test_only_so_many_spaces_have_tables_of_their_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vm.engine.translator import engine as module

    monkeypatch.setattr(module, "MOST_ATTACHED", 2)
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    spaces = [load(memory, step=step) for step in (3, 4, 5)]
    expected = [run(interpreter, space) for space in spaces]
    for _ in range(2):
        assert [run(engine, space) for space in spaces] == expected
    assert len(engine._side.attached()) == 2
    assert engine.statistics.executed > 2 * sum(stop.retired for _, stop in expected) * 0.8


def test_what_is_remembered_of_programs_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vm.engine.translator import cache as module
    from vm.engine.translator.recipes import Code, Recipe

    monkeypatch.setattr(module, "MOST_PROGRAMS", 3)
    kept = module.Cache(tmp_path)
    pages = [(number << 12, bytes(32)) for number in range(8)]
    for page in pages:
        kept.add(page, Recipe(page[0], (page,), 1, Code(b"code", ()), ((page[0], page[0]),)))
        assert len(kept._programs) <= 3
    kept.save()
    assert [[recipe.entry for recipe in kept.recipes(page)] for page in pages] == [[page[0]] for page in pages]


def test_pages_of_code_that_lose_and_regain_permission(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    space = load(memory)
    expected = run(engine, space)
    space.protect(TEXT, TEXT + 4096, Protection.READ)
    context = new_context()
    context[PC] = TEXT + 8
    assert engine.run(context, space, 100).reason is StopReason.FETCH_FAULT
    space.protect(TEXT, TEXT + 4096, Protection.READ | Protection.EXEC)
    assert run(engine, space) == expected


def test_short_programs_never_load_llvm(tmp_path: Path) -> None:
    """Nothing of the translator, nor of LLVM beyond what numba needs, is imported before a run gets long."""
    import subprocess
    import sys

    source = tmp_path / "short.s"
    source.write_text("_start: li a7, 93\n li a0, 3\n ecall\n")
    script = (
        "import sys, numba; before = set(sys.modules); from vm import Machine; "
        f"result = Machine().run({str(source)!r}); "
        "print(result.status, [name for name in sys.modules.keys() - before if 'llvm' in name or 'translator' in name])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "3 []\n"


def test_auto_translates_what_runs_long(tmp_path: Path, cache: Path) -> None:
    source = tmp_path / "long.s"
    source.write_text(LOOP.format(turns=12_000_000, step=3).replace("ebreak", "andi a0, a0, 63\n li a7, 93\n ecall"))
    results = []
    for engine in ("interpreter", "auto", "auto", "translator"):
        booted = Machine(engine=engine, instructions=100_000_000).boot(source).start()
        result = booted.finish()
        results.append((result.status, result.retired, result.processes))
        statistics = booted.kernel.engine.statistics
        assert (statistics is not None and statistics.executed > 1_000_000) == (engine != "interpreter")
    assert results[0] == results[1] == results[2] == results[3]


def test_what_would_not_pay_for_llvm_is_interpreted(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vm.engine.translator.engine.AFFORDABLE", 1.0)
    source = tmp_path / "middling.s"
    source.write_text(LOOP.format(turns=500_000, step=3).replace("ebreak", "li a7, 93\n ecall"))
    booted = Machine().boot(source).start()
    booted.finish()
    assert booted.kernel.engine.statistics.regions == 0
    assert not list(cache.rglob("*-*")), "nothing to keep"


WARM_PHASES = """
# A function that is warm in the beginning alone, long before translating pays; a loop cut by calls; a hot loop.
_start: li      s0, 40000
1:      call    early
        addi    s0, s0, -1
        bnez    s0, 1b
        li      s0, 300
2:      li      s1, 400
3:      addi    s1, s1, -1
        bnez    s1, 3b
        li      a7, 172
        ecall
        addi    s0, s0, -1
        bnez    s0, 2b
        li      s0, 50000000
4:      addi    s0, s0, -1
        bnez    s0, 4b
        li      a7, 93
        li      a0, 5
        ecall
early:  li      t0, 4
5:      addi    t0, t0, -1
        bnez    t0, 5b
        ret
"""


def test_a_second_run_is_hot_at_once_without_llvm(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It retires next to nothing in the interpreter, what was only warm in the first run included."""
    from vm.engine.translator import native
    from vm.engine.translator.stubs import _compiled

    monkeypatch.setattr("vm.engine.translator.engine.LEAST_LATER", 1000.0)
    source = tmp_path / "phases.s"
    source.write_text(WARM_PHASES)
    Machine().run(source)
    (stubs,) = cache.rglob("stubs")
    compile_ir, compiled = native.compile_ir, []
    monkeypatch.setattr(native, "compile_ir", lambda text: compiled.append(text) or compile_ir(text))
    for damage in (None, *DAMAGES.values()):
        if damage is not None:
            damage(stubs)
        _compiled.cache_clear()
        booted = Machine().boot(source).start()
        result, statistics = booted.finish(), booted.kernel.engine.statistics
        assert result.status == 5
        assert result.retired - statistics.executed < 100_000
        assert statistics.regions == 0
        assert len(compiled) == (damage is not None), "damaged stubs are made again, once"
        compiled.clear()


def test_a_copy_of_a_machine_translates_for_itself(cache: Path) -> None:
    memory = PhysicalMemory(1 << 20)
    engine = new_translator(memory)
    space = load(memory)
    expected = run(engine, space)
    other_space = Copier().copy(space)
    other = new_translator(other_space.memory)
    assert other.memory is not memory
    assert not (other.memory.decoded[:-COUNTS] & ENTRY).any()
    assert run(other, other_space) == expected
    assert other.statistics.executed > 0
    assert run(engine, space) == expected


def test_an_engine_that_never_runs_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from vm.engine.translator import engine as module

    def fail(*_: object) -> None:
        raise AssertionError("made before anything ran")

    for name in ("Arena", "Attachment", "cache_on_disk"):
        monkeypatch.setattr(module, name, fail)
    memory = PhysicalMemory(1 << 20)
    for name in engines.ENGINES:
        idle = engines.new_engine(name, memory)
        idle.save()
        assert idle.statistics is None or idle.statistics.regions == 0
    with pytest.raises(AssertionError, match="before anything ran"):
        new_translator(memory).run(new_context(), load(memory), 1)


def test_object_files_hold_nothing_but_code() -> None:
    from vm.engine.translator import native

    code, functions = native.take_code(native.compile_ir(native.stubs()))
    assert set(functions) == {"enter", "resolve", "unknown_target", "short_budget", "one_step"}
    assert not code.links
    assert struct.unpack_from("<I", code.data)
