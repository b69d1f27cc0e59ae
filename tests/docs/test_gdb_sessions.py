"""The sessions of gdb that pages show go as they are shown, in the real gdb."""

from __future__ import annotations

import json
import re
import shutil
import sys

import pytest
from gdb_picture import PICTURE, draw
from gdb_sessions import replayed, sessions
from manual_pages import MANUAL, README, links
from picture import text_of
from reference import ROOT

PAGE = MANUAL / "gdb.md"
OWN = [sys.executable, "-c", "import sys; sys.argv[0] = 'forklore'; from vm.cli import main; main()"]


@pytest.mark.parametrize("session", sessions(PAGE.read_text()), ids=lambda session: session.splitlines()[0])
def test_a_session_goes_as_it_is_shown(session: str) -> None:
    if shutil.which("gdb-multiarch") is None:
        pytest.skip("needs gdb-multiarch")
    assert replayed(session, OWN, ROOT) == session, "run `python tests/docs/gdb_sessions.py vm/manual/gdb.md`"


def test_the_picture_shows_the_first_session() -> None:
    assert PICTURE in [(README.parent / target).resolve() for target in links(README)]
    assert len(PICTURE.read_text()) <= 40_000
    assert text_of(PICTURE.read_text()) == text_of(draw()), "run `python tests/docs/gdb_picture.py`"


def test_the_editors_settings_are_json() -> None:
    [block] = re.findall(r"^```json\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    [settings] = json.loads(block)["configurations"]
    assert settings["miDebuggerServerAddress"].rpartition(":")[2] in settings["debugServerArgs"].split()
