"""What notebooks show of results and runs: as HTML that is nothing but text, and as text where there is no HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.programs.headers import PROGRAMS_FOLDER
from vm import Machine, events
from vm import run as run_module
from vm.events import Created, Exited
from vm.notebook import FIRST_LINES, LAST_LINES
from vm.records import ProcessRecord, Result
from vm.run import Run

ELEMENTS = {"div", "details", "summary", "pre", "span"}
HOSTILE = "<script>alert(1)</script>&amp;\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}</pre>"


class Reader(HTMLParser):
    """Reads HTML as browsers do: ``texts`` of its parts, each in a line or several."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.texts = ""
        self._open: list[str] = []
        self.feed(shown)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS
        assert {name for name, _ in attrs} <= {"style", "open"}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in ("summary", "pre"):
            self.texts += "\n"

    def handle_data(self, data: str) -> None:
        self.texts += data


class Printer:
    """IPython's printer, as far as it is needed: ``printed`` is what an object at a ``depth`` has printed."""

    def __init__(self, thing: Result | ProcessRecord | Run, depth: int = 1) -> None:
        self.stack = list(range(depth))
        self.printed = ""
        thing._repr_pretty_(self, False)

    def text(self, text: str) -> None:
        self.printed += text


def shown(thing: Result | ProcessRecord | Run) -> str:
    """What a notebook shows, which is the same as HTML and as text, but for what text leaves out."""
    lines, text = Reader(thing._repr_html_()).texts.splitlines(), Printer(thing).printed
    stripped = {line.strip() for line in lines}
    assert all(line.strip() in stripped or "more" in line for line in text.splitlines())
    assert text.isprintable() or all(line.isprintable() for line in text.splitlines())
    return "\n".join(lines)


def assembled(tmp_path: Path, source: str, name: str = "x.s") -> Path:
    (tmp_path / name).write_text(source)
    return tmp_path / name


def test_a_result_tells_what_a_reader_asks_first() -> None:
    result = Machine(fork="copy").run(PROGRAMS_FOLDER / "fork_exec.s", ["a b"])
    lines = shown(result).splitlines()
    assert lines[0] == "fork_exec.s a b: exit status 0"
    assert lines[1].startswith(f"{result.retired} instructions by 2 processes; at most ")
    at = lines.index("output, 39 bytes")
    assert lines[at + 1 : at + 3] == result.output.decode().splitlines()
    at = lines.index("processes")
    born, ended = ([each.clock for each in result.events if isinstance(each, kind)] for kind in (Created, Exited))
    assert lines[at + 1].split() == ["pid", "2", "fork_exec.s", str(ended[1]), "ns", "exit", "status", "0"]
    child = ["└─", "pid", "3", "fork", "→", "hello.s", str(ended[0] - born[0]), "ns", "exit", "status", "0"]
    assert lines[at + 2].split() == child
    assert "costs of 3 calls; copied: 4 KiB at once, 0 B later by 0 faults, 4 KiB in vain" in lines
    assert "errors" not in "".join(lines)


@pytest.mark.parametrize(
    ("source", "limit", "told"),
    [
        (" li a0, 3\n li a7, 93\n ecall\n", None, "x.s: exit status 3"),
        (" lw a0, 0(zero)\n", None, "x.s: killed by SIGSEGV, status 139"),
        (" j _start\n", 1000, "x.s: the instruction limit of 1,000 was reached, status 124"),
        (
            " li a7, 1079\n ecall\n1: beqz a0, 1b\n li a0, 5\n li a7, 93\n ecall\n", 1000,
            "x.s: exit status 5; then the machine ended the run, status 124: "
            "the instruction limit of 1,000 was reached",
        ),
    ],
)  # fmt: skip
def test_how_a_run_ended_is_in_the_first_line(source: str, limit: int | None, told: str, tmp_path: Path) -> None:
    result = Machine(instructions=limit, quantum=100).run(assembled(tmp_path, f"_start:{source}"))
    lines = shown(result).splitlines()
    assert lines[0] == told
    created = [each.clock for each in result.events if isinstance(each, Created)]
    if limit:
        last = next(number for number, line in enumerate(lines) if line.startswith("costs of "))
        assert lines[last - 1].endswith(f"  {1000 - sum(created):,} ns  runs")


def test_deaths_and_who_waits_are_told_as_on_the_command_line() -> None:
    died = shown(Machine().run(PROGRAMS_FOLDER / "null_pointer.s"))
    assert "pid 2 (null_pointer.s) died of SIGSEGV: load from address 0" in died
    assert "^~~~~~~~~~~~~~~~~~~ a null pointer" in died
    stuck = shown(Machine().run(PROGRAMS_FOLDER / "deadlock.s"))
    assert stuck.startswith("deadlock.s: every process is blocked for ever, status 124\n")
    assert "pid 2 (deadlock.s) waits for data in pipe 1 in _start" in stuck


def test_names_arguments_and_output_stay_text(tmp_path: Path) -> None:
    echo = (PROGRAMS_FOLDER / "echo.s").read_text()
    program = assembled(tmp_path, echo, "<img src=x onerror=alert(1)>\x1b[2J\n&lt;.s")
    result = Machine().run(program, [HOSTILE, "\udcff\t|"])
    text = shown(result)
    assert text.splitlines()[0].startswith(
        r"<img src=x onerror=alert(1)>\x1b[2J\n&lt;.s <script>alert(1)</script>&amp;"
    )
    assert re.search(
        r"\n  <script>alert\(1\)</script>&amp;\\x1b\[31m\\u202e</pre> \\xff +\|\n", Printer(result).printed
    )
    assert r"exec   pid 2  /<img src=x onerror=alert(1)>\x1b[2J\n&lt;.s" in text
    assert "\x1b" not in text
    files = Machine(files={"/f.s": b"_start: ebreak\n"}).run("/f.s")
    assert shown(files).startswith("f.s: killed by SIGTRAP")


def test_files_that_were_written_are_listed(tmp_path: Path) -> None:
    source = "_start: li a0, -100\n la a1, name\n li a2, 0101\n li a3, 0644\n li a7, 56\n ecall\n la a1, name\n"
    source += ' li a2, 4\n li a7, 64\n ecall\n li a0, 0\n li a7, 93\n ecall\n .data\nname: .asciz "/<b>"\n'
    lines = shown(Machine().run(assembled(tmp_path, source))).splitlines()
    assert lines[lines.index("1 file") + 1].split() == ["-rw-r--r--", "4", "B", "/<b>"]


def test_it_fits_a_notebook_whatever_a_run_was(tmp_path: Path) -> None:
    written = "_start: li s0, 3000\n1: li a0, 1\n la a1, text\n li a2, 9\n li a7, 64\n ecall\n addi s0, s0, -1\n"
    written += ' bnez s0, 1b\n li a0, 0\n li a7, 93\n ecall\n .data\ntext: .ascii "<x>\\n\\033a\\tb\\n"\n'
    lines = shown(Machine().run(assembled(tmp_path, written))).splitlines()
    at = lines.index("output, 27,000 bytes")
    rows = [line.removesuffix("\n") for line in lines[at + 1 : lines.index("processes")]]
    assert len(rows) == FIRST_LINES + 1 + LAST_LINES
    assert rows[FIRST_LINES] == f"… {27_000 - 9 * (FIRST_LINES + LAST_LINES) // 2:,} bytes more"
    assert rows[0] == rows[-2] == "<x>"
    assert rows[1] == rows[-1] == r"\x1ba      b"
    one_line = Machine(output=1 << 20).run(PROGRAMS_FOLDER / "echo.s", ["x" * 100_000])
    assert len(shown(one_line)) < 5000
    bomb = Machine().run(PROGRAMS_FOLDER / "fork_bomb.s")
    assert len(bomb._repr_html_()) < 50_000
    assert len(Printer(bomb).printed.splitlines()) < 60


def test_what_was_not_kept_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "EVENT_LIMIT", 6)
    result = Machine().run(PROGRAMS_FOLDER / "fork_tree.s")
    assert (len(result.events), len(result.processes)) == (6, 6)
    assert "this is as far as events were kept" in shown(result).splitlines()
    none = replace(result, events=(), processes=())
    assert shown(none).splitlines()[0] == "the program: exit status 0"


def test_a_process_shows_its_registers_and_segments() -> None:
    result = Machine(instructions=1_000).run(PROGRAMS_FOLDER / "fork_exec.s")
    child = result.process(3)
    rows = shown(child).splitlines()
    assert rows[:2] == [
        "pid 3 (hello), child of 2: exit status 0",
        f"{child.retired} instructions; pc {child.pc:#010x}",
    ]
    cells = " ".join(rows[3:11]).split()
    assert cells[:4] == ["zero", "00000000", "ra", f"{child.registers[1]:08x}"]
    assert cells[1::2] == [f"{value:08x}" for value in child.registers]
    assert rows[11:] == ["3 segments", *(f"{n:<9} {a:08x}-{b:08x}  {how}" for n, a, b, how in child.segments)]
    bare = replace(child, registers=(), segments=(), exit_code=None, state="blocked", name="\x1b</pre>")
    assert shown(bare).splitlines()[0] == r"pid 3 (\x1b</pre>), child of 2: waits"
    assert len(Printer(result.processes[0], depth=2).printed.splitlines()) == 1


def test_one_of_several_is_shown_briefly() -> None:
    result = Machine().run(PROGRAMS_FOLDER / "hello.s")
    assert Printer(result, depth=2).printed == repr(result)
    assert "\n" in Printer(result).printed


def test_a_run_tells_who_does_what_and_waits_for_whom(tmp_path: Path) -> None:
    """The first process waits for its vfork child, which sleeps."""
    source = "_start: nop\n li a7, 1071\n ecall\n bnez a0, 1f\n li a0, 1\n li a1, 0\n la a2, second\n li a3, 0\n"
    source += " li a7, 407\n ecall\n1: li a0, 0\n li a7, 93\n ecall\n .balign 8\nsecond: .word 1, 0, 0, 0\n"
    run = Machine().boot(assembled(tmp_path, source))
    assert shown(run).splitlines() == [f"{tmp_path}/x.s: not started"]
    run.advance(events.Created)
    rows = shown(run).splitlines()
    assert rows[0] == f"x.s: at {run.kernel.clock} ns"
    assert rows[1].startswith(f"{run.kernel.retired} instructions; ")
    assert [row.split("  ")[-1].strip() for row in rows[3:5]] == [
        "waits for its vfork child 3 to exec or exit",
        "ready",
    ]
    run.advance(events.Blocked)
    assert [row.split("  ")[-1].strip().partition(", until ")[0] for row in shown(run).splitlines()[3:5]] == [
        "waits for its vfork child 3 to exec or exit", "waits for its sleep to end",
    ]  # fmt: skip
    run.advance()
    assert shown(run).splitlines()[0] == "x.s: exit status 0"


def test_a_run_tells_of_threads_one_by_one() -> None:
    run = Machine(quantum=50).boot(PROGRAMS_FOLDER / "threads.s")
    while len(run.program.process.threads) < 3:
        run.advance(events.ThreadCreated)
    rows = shown(run).splitlines()
    at = rows.index("threads")
    named = [f"pid 2, thread {task.tid}" for task in run.program.process.threads]
    assert [row.rsplit(" ", 1)[0] for row in rows[at + 1 : at + 4]] == named
    assert [row.rsplit(" ", 1)[1] for row in rows[at + 1 : at + 4]] == ["runs", "ready", "ready"]
    assert rows[rows.index("processes") + 1].endswith("  3 threads")


def test_a_run_tells_that_its_first_process_has_ended() -> None:
    run = Machine(quantum=50).boot(PROGRAMS_FOLDER / "orphan.s")
    run.advance(events.Exited)
    first = shown(run).splitlines()[0]
    assert first == f"orphan.s: at {run.kernel.clock} ns; its first process has ended: exit status 0"


@pytest.mark.parametrize("name", ["fork_exec.s", "threads.s", "deadlock.s", "pipeline.s"])
def test_to_look_at_a_run_changes_nothing(name: str) -> None:
    looked, plain = (Machine(quantum=50).boot(PROGRAMS_FOLDER / name) for _ in range(2))
    for clock in (0, 100, 200, 1000):
        looked.advance(clock)
        plain.advance(clock)
        shown(looked)
        assert (looked.digest(), looked.kernel.moment) == (plain.digest(), plain.kernel.moment)
    assert looked.finish() == plain.finish()
    shown(looked)
