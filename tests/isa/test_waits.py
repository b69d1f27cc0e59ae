"""Wait status words, as the host's own library takes them apart."""

from __future__ import annotations

import os

from vm.abi import waits


def test_the_host_reads_them_the_same() -> None:
    for status in [
        *(waits.exited(code) for code in (0, 1, 7, 255, 256, -1)), *(waits.killed(signal) for signal in (1, 9, 64)),
        *(waits.killed(signal, dumped=True) for signal in (6, 11)), *(waits.stopped(signal) for signal in (19, 20)),
    ]:  # fmt: skip
        assert waits.exit_code(status) == (os.WEXITSTATUS(status) if os.WIFEXITED(status) else None)
        assert waits.term_signal(status) == (os.WTERMSIG(status) if os.WIFSIGNALED(status) else None)
        assert waits.stop_signal(status) == (os.WSTOPSIG(status) if os.WIFSTOPPED(status) else None)
        assert waits.is_dumped(status) == (os.WIFSIGNALED(status) and os.WCOREDUMP(status))
