"""What is wrong with a command line is told as such, with status 2, wherever it is found; interrupts end it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vm.cli import forklore as command

ROOT = Path(__file__).resolve().parents[2]
HELLO = str(ROOT / "programs" / "hello.s")
COMMAND = [sys.executable, "-c", "from vm.cli import main; main()"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def forklore(*arguments: str) -> Result:
    """The command in this process; it is from the folder of the project."""
    return CliRunner().invoke(command, arguments)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


MACHINES = [
    ("--memory", "0"), ("--memory", "4096"), ("--memory", "5000"), ("--memory", "100G"), ("--stack", "0"),
    ("--stack", "5000"), ("--stack", "3G"), ("--root", "nowhere"), ("--root", "README.md"), ("--bind", "nowhere:/x"),
    ("--bind", "programs:/hello.s"), ("--seconds", "nan"), ("--seconds", "-1"), ("--processes", "1"),
]  # fmt: skip


@pytest.mark.parametrize("option", MACHINES)
def test_no_machine_can_be_made_of_it(option: tuple[str, str]) -> None:
    done = forklore("run", *option, HELLO)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert "internal" not in done.stderr


@pytest.mark.parametrize("name", ["check", "compare"])
@pytest.mark.parametrize("option", [("--memory", "5000"), ("--root", "nowhere")])
def test_other_commands_say_the_same(name: str, option: tuple[str, str]) -> None:
    done = forklore(name, *option, HELLO)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--sizes", "3G"),
        ("--methods", "none"),
        ("--write", "101"),
        ("--plot", "/nowhere/x.png"),
        ("--plot", "x.gif"),
    ],
)
def test_plans_that_cannot_be(options: tuple[str, str]) -> None:
    if options[0] == "--plot":
        pytest.importorskip("matplotlib")
    done = forklore("bench", "--rounds", "1", "--repeats", "1", *options)
    assert (done.exit_code, done.stdout) == (2, "")


def test_names_that_are_no_files() -> None:
    done = forklore("run", "a" * 5000)
    assert done.exit_code == 126
    assert "File name too long" in done.stderr
    assert forklore("run", f"{HELLO}/x").exit_code == 127
    assert forklore("check", "--report", "/nowhere/report", HELLO).exit_code == 125


def test_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    assert forklore("run", str(tmp_path / "link")).exit_code == 126
    assert forklore("run", "--root", str(tmp_path / "link"), "x").exit_code == 2


@pytest.mark.parametrize(
    ("place", "arguments"),
    [
        ("vm.native.jit:prepare", ("bench",)),
        ("vm.laboratory.sweep:sweep", ("bench", "--sizes", "64K")),
        ("vm.laboratory.summary:summary", ("bench", "--summary")),
        ("vm.laboratory.comparison:compare", ("compare", HELLO)),
        ("vm.cli.run:prepare", ("run", HELLO)),
        ("vm.cli.run:boot", ("run", HELLO)),
        ("vm.cli.check:observe", ("check", HELLO)),
        ("vm.cli.asm:_assemble", ("asm", HELLO, "-o", "/dev/null")),
        ("vm.cli.disasm:read_image", ("disasm", HELLO)),
        ("vm.linking:missing_inputs", ("cc", "x.c")),
        ("vm.cli.inspect:read_image", ("inspect", HELLO)),
    ],
)
def test_an_interrupt_ends_each_command_alike(
    place: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if arguments[0] == "cc":
        pytest.importorskip("ziglang")

    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    module, name = place.split(":")
    monkeypatch.setattr(import_module(module), name, interrupt)
    done = forklore(*arguments)
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1] == "forklore: interrupted"


def test_an_interrupt_reaches_the_guest_first(tmp_path: Path) -> None:
    (tmp_path / "x.s").write_text(
        '_start: li a0, 1\n la a1, x\n li a2, 1\n li a7, 64\n ecall\n1: j 1b\n .data\nx: .ascii "x"\n'
    )
    for name in ("run", "check"):
        with subprocess.Popen(
            [*COMMAND, name, str(tmp_path / "x.s")],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as running:
            assert running.stdout
            assert running.stdout.read(1) == b"x"
            running.send_signal(signal.SIGINT)
            assert running.wait(300) == -signal.SIGINT
