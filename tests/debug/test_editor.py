"""The settings for an editor that the manual gives, tried as the editor does: over gdb's machine interface."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_streams import COMMAND, ENVIRONMENT
from tests.forking import forked_command
from vm.cli.help import MANUAL

PROGRAMS = Path(__file__).parents[2] / "programs"


def test_the_editor_starts_the_server_and_breaks_in_main(tmp_path: Path) -> None:
    if shutil.which("gdb-multiarch") is None:
        pytest.skip("needs gdb-multiarch")
    [block] = re.findall(r"^```json\n(.*?)^```", (MANUAL / "gdb.md").read_text(), re.DOTALL | re.MULTILINE)
    [settings] = json.loads(block)["configurations"]
    program = tmp_path / settings["program"].rpartition("/")[2]
    subprocess.run([*forked_command(), "cc", "-o", program, PROGRAMS / "c" / "vfork_balance.c"], check=True)
    words = settings["debugServerArgs"].replace(settings["miDebuggerServerAddress"].rpartition(":")[2], "0").split()
    assert settings["debugServerPath"] == "forklore"
    with subprocess.Popen(
        [*COMMAND, *words], cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stderr
            started = server.stderr.readline()
            assert settings["serverStarted"] in started
            port = re.findall(r":(\d+)'", started)[0]
            setup = [f'-interpreter-exec console "{each["text"]}"' for each in settings["setupCommands"]]
            asked = [
                *setup, f"-file-exec-and-symbols {program}", f"-target-select remote localhost:{port}",
                "-break-insert main", "-exec-continue",
            ]  # fmt: skip
            shown = until_it_stops([settings["miDebuggerPath"], "-nx", "--interpreter=mi"], asked)
        finally:
            server.kill()
    assert "^error" not in shown, shown
    assert 'func="main"' in shown


def until_it_stops(command: list[str], asked: list[str]) -> str:
    """What gdb says up to where the program has stopped at a breakpoint."""
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gdb:
        assert gdb.stdin
        assert gdb.stdout
        gdb.stdin.write("\n".join([*asked, ""]))
        gdb.stdin.flush()
        shown = ""
        for line in gdb.stdout:
            shown += line
            if line.startswith(("*stopped,reason=", "^error")):
                break
        gdb.kill()
    return shown
