"""A session whose target pretends, for tests that send packets."""

from __future__ import annotations

from typing import Any

from tests.debug.fake import IMAGE, FakeTarget, Process
from vm.debug.session import Session

GDB = (
    b"qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;"
    b"QThreadEvents+;no-resumed+;memory-tagging+;xmlRegisters=i386"
)


class Talk:
    """A session with a target that pretends, whose client is gdb unless it ``says`` something else first."""

    def __init__(self, says: bytes = GDB) -> None:
        self.target = FakeTarget(IMAGE, {b"/etc/name": b"a#b$c"})
        self.session = Session(self.target)
        if says:
            self.ask(says)
            self.target.done.clear()

    def ask(self, packet: bytes) -> Any:
        """The answer; a list of them if it is not one."""
        answers = list(self.session.handle(packet))
        return answers[0] if len(answers) == 1 else answers

    def add(self, pid: int, *tids: int) -> None:
        process = Process(IMAGE, b"/bin/child", tids[0])
        for tid in tids:
            process.threads[tid] = [0] * 33
        self.target.processes[pid] = process
