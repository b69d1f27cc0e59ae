"""Generated tables of README and manual. `python tests/docs/reference.py` writes them anew."""

from __future__ import annotations

import re
import sys
import textwrap
import tomllib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parents[2]

PROGRAMS = {
    path.relative_to(ROOT / "programs").as_posix(): path
    for folder, pattern in (("", "*.s"), ("c", "*.c"), ("outcomes", "*.[cs]"))
    for path in sorted((ROOT / "programs" / folder).glob(pattern))
}
SUBJECTS = {
    "First steps": "hello.s c/hello.c echo.s false.s cat.s c/upper.c",
    "fork: what is copied": "fork.s fork_isolation.s c/fork_copies.c fork_ids.s fork_offset.s heap.s c/prefork.c",
    "fork: order and number": "fork_order.s fork_tree.s c/how_many.c fork_bomb.s",
    "Buffers": "fork_buffer.s c/buffered_twice.c c/first_line.c c/vfork_stdio.c",
    "vfork": "vfork_global.s vfork_stack.s vfork_heap.s vfork_order.s vfork_exec.s vfork_exec_fails.s vfork_killed.s "
    "vfork_return.s c/vfork_damage.c c/vfork_balance.c",
    "exec and spawn": "fork_exec.s exec_resets.s exec_descriptors.s exec_fails.s c/exec_arguments.c c/spawn.c",
    "wait, orphans, zombies": "wait.s exit_status.s c/wait_status.c orphan.s c/orphan.c zombie.s c/zombie.c",
    "Pipes and redirection": "pipe.s pipeline.s c/pipe_words.c c/redirect.c broken_pipe.s deadlock.s",
    "Sockets": "c/echo_server.c",
    "Shells": "sh.s c/sh.c c/popen_system.c",
    "Shared memory and races": "race_shared.s race_amo.s race_lrsc.s race_lock.s race_fork.s c/shared_memory.c "
    "c/semaphores_posix.c c/semaphores_sysv.c",
    "Threads": "threads.s futex_lock.s c/producers_consumers.c c/readers_writers.c c/philosophers.c c/barrier.c "
    "c/lost_wakeup.c c/thread_pool.c c/fork_with_threads.c c/vfork_busy_neighbour.c",
    "Signals and faults": "c/sigchld.c null_pointer.s stack_overflow.s write_code.s illegal.s breakpoint.s",
    "Outcomes: forks and waits": "outcomes/hello_or_world.c outcomes/fork_two_each.s outcomes/vfork_two_each.s "
    "outcomes/fork_own_letter.s outcomes/vfork_own_letter.s outcomes/spawn_and_write.c outcomes/forks_twice.s "
    "outcomes/forks_thrice.s outcomes/forks_four_times.s outcomes/and_or.s outcomes/waits_in_order.s "
    "outcomes/waits_out_of_order.s outcomes/wait_for_any.s outcomes/wait_unused.s outcomes/first_to_end.s "
    "outcomes/orphan_or_not.s",
    "Outcomes: buffers and pipes": "outcomes/buffered_before_fork.c outcomes/buffered_lines.c "
    "outcomes/buffered_forks.c outcomes/pipe_semaphore.s outcomes/two_writers.s outcomes/short_reads.s "
    "outcomes/forgotten_close.s outcomes/philosophers_2.s outcomes/philosophers_3.s outcomes/philosophers_mended_3.s "
    "outcomes/philosophers_5.s outcomes/philosophers_mended_5.s",
    "Outcomes: signals": "outcomes/killed_midway.s outcomes/lost_wakeup.s outcomes/lost_wakeup_mended.s "
    "outcomes/sigchld_once.s outcomes/sigchld_loop.s",
    "Outcomes: shared memory, threads and files": "outcomes/counter_race.s outcomes/counter_atomic.s "
    "outcomes/counter_lock.s outcomes/counter_token.s outcomes/parallel_increments.c outcomes/threads_two_each.c "
    "outcomes/threads_with_lock.c outcomes/one_condition.c outcomes/check_then_use.c outcomes/crash_of_append.c "
    "outcomes/crash_of_log.c",
    "The instructions": "division.s misaligned_access.s misaligned_atomic.s misaligned_jump.s",
}
"""The programs by what they are about, in an order to read them in."""

SHOWN_BY = {
    "fork-lock": "bad/fork_takes_lock.c", "fork-unsafe-call": "bad/fork_takes_lock.c",
    "neighbour": "bad/busy_neighbour.c",
    "return": "bad/return_address.s", "exit": "bad/exit.c", "killed": "bad/killed.s",
    "signal-handler": "bad/signal_handler.s", "damage": "bad/global.s", "error-told": "bad/error_told.c",
    "unread": "bad/unread.s", "shared": "good/shared_mapping.c", "library": "good/sets_handlers.c",
    "errno": "good/own_errno.c", "unsafe-call": "bad/strtok.c", "call": "good/function.s",
    "signals-parent": "bad/aborts.c", "unmapped": "bad/munmap.s", "mapped": "bad/brk.s",
    "shared-offset": "bad/lseek.s", "nested": "bad/nested.s", "never-released": "bad/waits_for_parent.s",
}  # fmt: skip
"""For each rule of the checker a program that breaks it, below programs/hazards."""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def instruction_table() -> str:
    from vm.isa import INSTRUCTIONS

    rows = ["| instruction | operands | bits | effect |", "|---|---|---|---|"]
    for row in INSTRUCTIONS:
        syntax = f"`{row.syntax}`" if row.syntax else ""
        rows.append(f"| `{row.name}` | {syntax} | `{row.bits}` | `{cell(row.effect)}` |")
    return "\n".join(rows)


def call_table() -> str:
    from vm.kernel.syscalls import TABLE

    rows = ["| number | call | errors | differs from Linux |", "|---|---|---|---|"]
    for row in sorted(TABLE.values(), key=lambda row: row.number):
        arguments = ", ".join(name for name, _ in row.arguments)
        rows.append(f"| {row.number} | `{row.name}({arguments})` | {' '.join(row.errors)} | {cell(row.deviation)} |")
    return "\n".join(rows)


def first_sentence(path: Path) -> str:
    """What the header of a program begins with."""
    lines = re.match(r"(?:(?:# |/\* | \* ).*\n)+", path.read_text())
    assert lines is not None
    text = " ".join(re.sub(r"^(#|/\*| \*) ", "", line).strip() for line in lines[0].splitlines())
    found = re.match(r".*?[.?](?= |$)", text)
    assert found is not None, path
    return found[0]


def program_row(name: str) -> str:
    """A row of the index: what a program shows, and how many outcomes it has where its header says that."""
    outcomes = re.search(r"^(?:#| \*) Outcomes: (.*)$", PROGRAMS[name].read_text(), re.MULTILINE)
    count = f" {outcomes[1]} |" if outcomes is not None else ""
    return f"| `programs/{name}` | {cell(first_sentence(PROGRAMS[name]))} |{count}"


def program_index() -> str:
    rows = []
    for subject, names in SUBJECTS.items():
        counted = subject.startswith("Outcomes")
        rows += [f"## {subject}", "", f"| program | what it shows |{' outcomes |' if counted else ''}"]
        rows += [f"|---|---|{'--:|' if counted else ''}", *map(program_row, names.split()), ""]
    return "\n".join(rows).rstrip()


def service_table(dialect: str) -> str:
    from vm.kernel.services import BASES, DESCRIPTIONS, ROWS
    from vm.services import ENDING

    rows = ["| number | service | what it does | result |", "|---|---|---|---|"]
    for key, row in sorted(ROWS.items()):
        if key >> 32 == BASES[dialect] >> 32 and row.number < ENDING:
            arguments = ", ".join(name for name, _ in row.arguments)
            about = DESCRIPTIONS[key]
            rows.append(f"| {row.number} | `{row.name}({arguments})` | {cell(about.effect)} | {cell(about.result)} |")
    return "\n".join(rows)


def setting_table() -> str:
    from vm.settings import descriptions

    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for name, setting in descriptions().items():
        choices = f" One of {', '.join(f'`{choice}`' for choice in setting.choices)}." if setting.choices else ""
        unit = f" In {setting.unit}." if setting.unit in ("bytes", "seconds") else ""
        help = setting.help or "The time of day at boot, in seconds since 1970."
        rows.append(f"| `{name}` | `{setting.default!r}` | {cell(help)}{choices}{unit} |")
    return "\n".join(rows)


def rule_table() -> str:
    from vm.hazards.rules import RULES

    rows = ["| rule | level | what happened | a program |", "|---|---|---|---|"]
    for rule in RULES.values():
        program = f"`{SHOWN_BY[rule.name]}`" if rule.name in SHOWN_BY else ""
        rows.append(f"| `{rule.name}` | {rule.level.value} | {cell(rule.title)} | {program} |")
    return "\n".join(rows)


def event_table() -> str:
    from vm.events import KINDS

    rows = ["| event | fields | what happened |", "|---|---|---|"]
    for kind in KINDS:
        sentence = re.match(r"(?s).*?\.(?=\s|$)", kind.__doc__)
        assert sentence is not None, f"{kind.__name__} does not begin with a sentence"
        text = re.sub(r":\w+:`~?(?:\w+\.)*(\w+)`|``(.*?)``", r"`\1\2`", " ".join(sentence[0].split()))
        names = [each.name for each in fields(kind) if each.name not in ("clock", "number")]
        rows.append(f"| `{kind.__name__}` | {', '.join(names)} | {cell(text)} |")
    return "\n".join(rows)


def plain_type(kind: Any) -> str:
    """A type of a field, as a reader of JSON meets it."""
    if is_dataclass(kind):
        return kind.__name__
    if get_origin(kind) is UnionType:
        (known,) = [one for one in get_args(kind) if one is not NoneType]
        return f"{plain_type(known)} or null"
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return f"list of {plain_type(inner[0])}"
        return f"[{', '.join(map(plain_type, inner))}]"
    return {int: "number", str: "text", bytes: "bytes", bool: "true or false"}[kind]


def record_list(kinds: Iterable[Any], *, without: tuple[str, ...] = ()) -> str:
    """An entry for each kind: its name, its fields with their types, and all that its docstring says."""
    entries = []
    for kind in kinds:
        types = get_type_hints(kind)
        named = [(each.name, plain_type(types[each.name])) for each in fields(kind) if each.name not in without]
        told = [f"`{name}`" if type == "number" else f"`{name}` ({type})" for name, type in named]
        text = re.sub(r":\w+:`~?(?:\w+\.)*(\w+)`|``(.*?)``", r"`\1\2`", " ".join(kind.__doc__.split()))
        for indent, part in (("- ", f"**{kind.__name__}** {', '.join(told)}."), ("  ", text)):
            entries += textwrap.wrap(
                part, 120, initial_indent=indent, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
            )
    return "\n".join(entries)


def event_list() -> str:
    """Every kind of event, by subject."""
    from vm.events import KINDS

    subjects = {
        "processes": "Processes and threads", "scheduling": "Who runs and who waits", "calls": "System calls",
        "signals": "Signals and faults", "memory": "Memory", "transfers": "Bytes", "notices": "Notices",
    }  # fmt: skip
    parts = []
    for module, title in subjects.items():
        kinds = [kind for kind in KINDS if kind.__module__ == f"vm.events.{module}"]
        parts += [f"### {title}\n", record_list(kinds, without=("clock", "number")), ""]
    return "\n".join(parts).rstrip()


def cost_list() -> str:
    from vm.events import Costs, SegmentCost

    return record_list((Costs, SegmentCost))


def key_table(name: str) -> str:
    """The keys of a table in a file with tests."""
    from vm.grade.reading.tables import TABLES as KEYS

    rows = ["| key | value | without it | what it is for |", "|---|---|---|---|"]
    for key in KEYS[name].keys.values():
        default = "it is needed" if key.is_required else f"`{key.default}`" if is_toml(key.default) else key.default
        rows.append(f"| `{key.name}` | {cell(in_code(key.kind.words))} | {default} | {cell(key.help)} |")
    return "\n".join(rows)


def is_toml(text: str) -> bool:
    """Whether it is a value of TOML, rather than words for one."""
    try:
        return bool(tomllib.loads(f"key = {text}"))
    except tomllib.TOMLDecodeError:
        return False


def in_code(words: str) -> str:
    """Words with what a file says in them as code: texts in quotes, and what is in braces or brackets."""
    table, several = r"\{(?:[^{}]|\{[^{}]*\})*\}", r"\[(?:[^][]|\[[^][]*\])*\]"
    return re.sub(rf'{table}|{several}|"[^"]*"', r"`\g<0>`", words)


def behaviour_table() -> str:
    """The rules of behaviour that a test may have."""
    from vm.grade.rules.table import RULES

    rows = ["| rule | value | what it asks for |", "|---|---|---|"]
    rows += [f"| `{rule.name}` | {cell(in_code(rule.takes))} | {cell(rule.help)} |" for rule in RULES.values()]
    return "\n".join(rows)


def choice_table() -> str:
    from vm.kernel.choice import ChoiceKind

    rows = ["| choice | what is chosen, and of what |", "|---|---|"]
    rows += [f"| `{kind.name}` | {cell(kind.value)} |" for kind in ChoiceKind]
    return "\n".join(rows)


def page_index() -> str:
    """The pages of the manual by subject, as links from README."""
    from vm.cli.help import SUBJECTS as PAGES
    from vm.cli.help import title_of

    rows = ["| | |", "|---|---|"]
    for subject, names in PAGES.items():
        rows.append(f"| {subject} | {' · '.join(f'[{title_of(name)}](vm/manual/{name}.md)' for name in names)} |")
    return "\n".join(rows)


KEYED = ("lab", "program", "test", "limits", "machine", "turn", "file", "expectation")
"""Tables in a file with tests."""

TABLES = {
    "instructions": instruction_table,
    "system calls": call_table,
    "programs": program_index,
    "choices": choice_table,
    "events": event_table,
    "events in full": event_list,
    "costs": cost_list,
    "rules": rule_table,
    "settings": setting_table,
    "pages": page_index,
    "rules of behaviour": behaviour_table,
    **{f"keys of {name}": partial(key_table, name) for name in KEYED},
    "services of rars": partial(service_table, "rars"),
    "services of venus": partial(service_table, "venus"),
}


def fresh(page: Path) -> str:
    """README, or a page of the manual, with fresh tables between its markers."""
    text = page.read_text()
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin in text:
            before, _, rest = text.partition(begin)
            _, found, after = rest.partition(end)
            assert found, f"{page.name}: {name} has no end"
            text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for path in (ROOT / "README.md", *(ROOT / "vm" / "manual").glob("*.md")):
        path.write_text(fresh(path))
