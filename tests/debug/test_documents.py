"""Documents as packets read them."""

from __future__ import annotations

from tests.debug import plainly
from tests.debug.talking import Talk


def test_documents(talk: Talk) -> None:
    assert b"<architecture>riscv:rv32</architecture>" in talk.ask(b"qXfer:features:read:target.xml:0,fff")
    assert talk.ask(b"qXfer:features:read:other.xml:0,fff") == b"E02"
    assert talk.ask(b"qXfer:exec-file:read:2:0,fff") == talk.ask(b"qXfer:exec-file:read::0,fff") == b"l/bin/prog"
    assert talk.ask(b"qXfer:exec-file:read:9:0,fff") == b"E03"
    assert talk.ask(b"qXfer:auxv:read::0,8") == b"m\x06\0\0\0\0\x10\0\0"
    assert len(plainly.unescaped(talk.ask(b"qXfer:siginfo:read::0,80"))) == 129
    libraries = b'<library-list><library name="/[vdso]"><segment address="0x80000000"/></library></library-list>'
    assert talk.ask(b"qXfer:libraries:read::0,1000") == b"l" + libraries
