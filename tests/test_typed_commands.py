"""Commands as one types them: what bash makes of them are the words that they were made of."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from vm.text import typed

WORDS = [
    "plain", "", "two words", "-x", "it's", "$(id)", "`id`", "a\nb", "tab\tquote'\n", "back\\slash\n", "\\n",
    "\x01a\x7f", "\x9f9", "é\u2028", "\u202eabc\n", "\U000e0001f", "\udcff\n", "!\n", "\\'\x1b[31m",
]  # fmt: skip


def test_words_that_can_be_shown_are_quoted_as_ever() -> None:
    assert typed(["run", "a b", "c"]) == "run 'a b' c"


def test_a_command_is_one_line_that_can_be_shown() -> None:
    assert typed(WORDS).isprintable()
    assert typed(["a\n'b\\"]) == "$'a\\n\\'b\\\\'"


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_reads_the_words_back() -> None:
    script = f"printf '%s\\0' {typed(WORDS)}"
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    came = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, check=True, timeout=20).stdout
    assert came.split(b"\0")[:-1] == [os.fsencode(word) for word in WORDS]
