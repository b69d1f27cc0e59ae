"""What the linker says of a program comes in the user's own names, a line for a symbol that is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm import toolchain

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("int mian(void) { return 0; }", "prog.c has no function main; did you mean mian?"),
        (
            "int help_me(int);\nint main(void) {\n return help_me(1);\n}",
            "prog.c:3: help_me is used in main, and defined nowhere",
        ),
        (
            "int vfork(void) { return 1; }\nint main(void) { return vfork(); }",
            "ld.lld: error: duplicate symbol: vfork\n>>> defined at vfork.S:",
        ),
    ],
)
def test_what_does_not_link(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "prog.c").write_text(text)
    with pytest.raises(toolchain.CompileError) as raised:
        toolchain.build(tmp_path / "prog.c")
    said = str(raised.value)
    assert said.startswith(told)
    assert "/" not in said
