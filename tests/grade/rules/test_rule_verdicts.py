"""What is said of a broken rule; what cannot be judged is said so; and what no schedule changes."""

from __future__ import annotations

import pickle
from random import Random
from typing import Any

import pytest

from asm import Source, assemble
from tests.grade.rules.observing import PRELUDE, boot, judged, observe, rules_of, source_of
from vm.grade.conduct import Wanted
from vm.grade.rules import violation
from vm.grade.rules.judging import judge_rules, needs
from vm.grade.rules.places import Places
from vm.grade.rules.violation import evidence
from vm.kernel.choice import Choice
from vm.machine import Machine

EVERYTHING = Wanted(life=True, others=frozenset(), writes=True, descriptors=True, vforked=True)
BOMB = "_start: sys fork\n j _start\n"
WRITES = "_start: li s0, 30\n1: say text\n addi s0, s0, -1\n bnez s0, 1b\n sys getpid\n sys exit, 0\n"


class AtRandom:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def choose(self, choice: Choice) -> int:
        return self._random.randrange(len(choice.options))


def test_a_failure_says_what_was_expected_and_who_did_what() -> None:
    (failure,) = judged(source_of("kept_by_exec"), "no-pipe-left-open = true")
    assert (failure.kind, failure.what, failure.key) == (
        "rule",
        "no-pipe-left-open",
        "rule:no-pipe-left-open:inherited",
    )
    assert failure.title == "ends of pipes are left open"
    assert failure.came == (
        "child 1 (pid 3) ends with descriptor 3 open: the read end of a pipe, which it has from its parent",
        "child 1 (pid 3) ends with descriptor 4 open: the write end of a pipe, which it has from its parent",
    )
    (failure,) = judged(source_of("kept_by_exec"), 'no-calls = { calls = ["exec"], by = "children" }')
    assert failure.title == "a child calls exec"
    assert failure.came == ('child 1 (pid 3): execve("/true.s", ["/true.s"], NULL) = 0',)


def test_a_call_of_a_program_in_assembly_is_told_with_its_line() -> None:
    text = PRELUDE + ".text\n" + source_of("waited")
    image = assemble([Source("fork.s", text)]).image
    run = Machine(files={"/fork": image}).boot("/fork", keep=False)
    rules = rules_of('no-calls = ["wait"]')
    (failure,) = judge_rules(rules, observe(run, needs(rules)), Places({"/fork": image}))
    (number,) = [number for number, line in enumerate(text.splitlines(), 1) if "wait4, -1" in line]
    assert failure.came == (f"the parent (pid 2): wait4(-1, NULL, 0, NULL) = 3  at fork.s:{number}",)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('calls = ["write"]', ""),
        ('no-calls = ["write"]', "the program calls write"),
        ("call-counts = { write = { min = 5 } }", ""),
        ("call-counts = { write = { max = 5 } }", "the program calls write 10 times, not at most 5"),
        ('calls = ["getpid", "write"]', "the rule 'calls' cannot be judged: the run has more calls than are recorded"),
        ('order = ["write", "getpid"]', "the rule 'order' cannot be judged"),
        ('order = ["write", "write"]', ""),
        ("call-counts = { write = 30 }", "the rule 'call-counts' cannot be judged"),
        ('only-calls = ["getpid"]', "the program calls write"),
    ],
)
def test_what_was_not_recorded_is_never_taken_for_good(rule: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.grade.call_log.ENTRY_LIMIT", 10)
    failures = judged(WRITES, rule)
    assert [failure.title for failure in failures] == [] if not said else failures[0].title.startswith(said)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("forks-at-most = 5", "9 processes are made, not at most 5"),
        (
            "forks-at-most = 50",
            "the rule 'forks-at-most' cannot be judged: the run has more processes",
        ),
        ("no-crash = true", "the rule 'no-crash' cannot be judged"),
        ("tree = [0]", "the rule 'tree' cannot be judged"),
        ("processes-at-most = 3", "10 processes live at once, not at most 3"),
        ("bytes-copied-at-most = '1G'", "the rule 'bytes-copied-at-most' cannot be judged"),
    ],
)
def test_processes_that_were_not_recorded_are_not_forgotten(
    rule: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vm.grade.recorder.ENTRY_LIMIT", 10)
    (failure,) = judged(BOMB, rule, processes=40, instructions=2_000)
    assert failure.title.startswith(said)


def test_what_rules_need_has_to_be_recorded() -> None:
    seen = observe(boot(source_of("waited")), Wanted(life=True))
    with pytest.raises(AssertionError, match="what rules need was not recorded"):
        judge_rules(rules_of('calls = ["fork"]'), seen)


def test_what_is_recorded_can_be_sent_elsewhere() -> None:
    conduct = observe(boot(source_of("daemon")), EVERYTHING).conduct
    assert pickle.loads(pickle.dumps(conduct)) == conduct
    assert conduct.calls
    assert len(conduct.members) == 3


@pytest.mark.parametrize("name", ["chain", "daemon", "waited", "sibling"])
def test_processes_have_the_same_names_under_every_schedule(name: str) -> None:
    def names(**options: Any) -> dict[tuple[int, ...], tuple[str, str, int]]:
        machine = Machine(files={"/guest.s": (PRELUDE + ".text\n" + source_of(name)).encode()}, quantum=7)
        run = machine.boot("/guest.s", keep=False, **options)
        members = observe(run, Wanted(life=True)).conduct.members
        return {member.descent: (member.who, member.how, len(member.parent)) for member in members}

    assert all(names(chooser=AtRandom(seed)) == names() for seed in range(12))


@pytest.mark.parametrize(
    "name", ["chain", "waited", "no_zombies_wanted", "handler_waits", "shared_table", "vfork_exec"]
)
def test_no_schedule_makes_a_right_program_wrong(name: str) -> None:
    text = "\n".join(
        f"{rule} = true"
        for rule in (
            "every-child-waited", "no-zombie", "no-orphan", "no-descriptor-left-open", "no-deadlock", "no-crash",
            "parent-waits-before-output",
        )
    )  # fmt: skip
    rules = rules_of(text)
    files = {"/guest.s": (PRELUDE + ".text\n" + source_of(name)).encode(), "/true.s": PRELUDE.encode()}
    files["/true.s"] += b".text\n_start: sys exit, 0\n"
    for seed in range(12):
        run = Machine(files=files, quantum=5).boot("/guest.s", keep=False, chooser=AtRandom(seed))
        assert judge_rules(rules, observe(run, needs(rules))) == []


def test_evidence_is_bounded_and_says_how_much_more_there_is() -> None:
    assert evidence(map(str, range(6))) == ("0", "1", "2", "3", "4", "5")
    assert evidence(map(str, range(1000))) == ("0", "1", "2", "3", "4", "… and 995 more")
    assert violation.times(3) == "3 times"


def test_a_chain_of_very_many_generations_is_judged() -> None:
    deep = "_start: li s0, 300\n1: beqz s0, 2f\n sys fork\n bnez a0, 3f\n addi s0, s0, -1\n j 1b\n"
    deep += "3: sys wait4, -1, 0, 0, 0\n2: sys exit, 0\n"
    failures = judged(deep, "tree = [[]]\nno-orphan = true\nforks-exactly = 300\n", processes=400, memory=64 << 20)
    assert [(failure.what, failure.came) for failure in failures] == [("tree", ("a tree of 300 generations",))]


def test_processes_of_very_many_generations_take_no_more_memory_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each names its ancestors: what is recorded, and what the machine remembers, is bounded by all names together."""
    monkeypatch.setattr("vm.grade.recorder.LENGTH_LIMIT", 5_000)
    monkeypatch.setattr("vm.kernel.process.numbers.DESCENT_LIMIT", 5_000)
    source = "_start: li s0, 400\n1: sys fork\n bnez a0, 2f\n addi s0, s0, -1\n bnez s0, 1b\n2: sys exit, 0\n"
    run = boot(source)
    conduct = observe(run, Wanted(life=True)).conduct
    assert "members" in conduct.cut
    assert sum(len(member.descent) for member in conduct.members) <= 5_000 + 1
    assert 90 < len(conduct.members) < 110
    assert sum(map(len, run.numbers)) <= 5_000
    assert max(len(member.who) for member in conduct.members) < 60
