"""A target served to gdb in this process, so that a test can look at the machine behind it while it stands still."""

from __future__ import annotations

import contextlib
import socket
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from tests.debug.walks.gdb import Broken
from tests.debug.walks.judging import View, view_of
from tests.debug.walks.story import Retold
from vm.debug.packets import Incoming
from vm.debug.server import serve
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment, Until
from vm.run import Run


class Served(Protocol):
    """A target that gdb can connect to at ``address``. ``failures`` are exceptions that have come out of it."""

    address: str
    failures: list[str]

    @property
    def kernel(self) -> Kernel:
        """The machine at present."""

    @property
    def complaints(self) -> list[str]:
        """What is wrong with its stops."""

    @property
    def undone(self) -> set[int]:
        """Processes that came undone on a way back, of which gdb is still to be told."""

    def may_be_unlisted(self, pid: int) -> bool:
        """True where gdb has let the process go, or an ancestor of it, or was told of it and has not listed it yet."""

    def note_listed(self, pids: Iterable[int]) -> None:
        """These gdb lists."""

    @property
    def is_as_it_would_be(self) -> bool:
        """True where nobody has held a thread or changed anything: it is what a plain run is at that moment."""

    def view(self) -> View:
        """The machine at present."""

    def view_behind_a_step(self) -> View:
        """A copy of it that has made the smallest step there is."""

    def story(self) -> Retold:
        """The run with what was held and changed, in its smallest steps."""

    def steps(self) -> int:
        """How far the machine has come. Raises Broken where the server has failed."""

    def close(self) -> None:
        """Let the client go."""


class InThisProcess:
    """Serves ``target`` at a Unix socket in ``folder`` to one client, in a thread.

    ``run`` gives the machine at present, ``retold`` its run with what was held and changed.
    ``packets`` are those that came and went, each behind ``>`` or ``<``.
    """

    def __init__(self, folder: Path, target: Any, run: Callable[[], Run], retold: Callable[[], Retold]) -> None:
        self.address = str(folder / "socket")
        self.failures: list[str] = []
        self.packets: list[str] = []
        self.target = target
        self._run = run
        self._retold = retold
        self._client: Tapped | None = None
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.address)
        self._listening.listen(1)
        self._thread = threading.Thread(target=self._serve, name="served", daemon=True)
        self._thread.start()

    @property
    def kernel(self) -> Kernel:
        return self._run().kernel

    @property
    def complaints(self) -> list[str]:
        return list(self.target.complaints)

    @property
    def undone(self) -> set[int]:
        return set(self.target.undone)

    def may_be_unlisted(self, pid: int) -> bool:
        if pid in self.target.announced or pid in self.target.killed:
            return True
        numbers = self._run().numbers
        descent = next(it for it, number in numbers.items() if number == pid)
        return any(numbers[descent[:end]] in self.target.let_go for end in range(1, len(descent) + 1))

    def note_listed(self, pids: Iterable[int]) -> None:
        self.target.announced.difference_update(pids)

    @property
    def is_as_it_would_be(self) -> bool:
        return bool(self.target.is_as_it_would_be)

    def view(self) -> View:
        run = self._run()
        return view_of(run.kernel, run.digest())

    def view_behind_a_step(self) -> View:
        run = self._run().copy()
        now = run.kernel.moment
        run.advance(Until(moment=Moment(now.clock, now.steps + 1)))
        return view_of(run.kernel, run.digest())

    def story(self) -> Retold:
        return self._retold()

    def steps(self) -> int:
        if self.failures:
            raise Broken("the server has failed:\n" + "\n".join(self.failures))
        return self.kernel.retired

    def _serve(self) -> None:
        try:
            client, _ = self._listening.accept()
            self._client = Tapped(client.detach(), self.packets)
            serve(self._client, self.target, lambda: None)
        except BaseException:
            self.failures.append(traceback.format_exc())

    def close(self) -> None:
        for end in (self._listening, self._client):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._thread.join(20)
        self._listening.close()
        assert not self._thread.is_alive(), "the server does not end"


class Tapped(socket.socket):
    """A connection that notes in ``packets`` what comes and goes."""

    def __init__(self, fileno: int, packets: list[str]) -> None:
        super().__init__(fileno=fileno)
        self._packets = packets
        self._incoming = Incoming()

    def recv(self, *arguments: Any) -> bytes:
        data = super().recv(*arguments)
        self._packets += [f"> {_shown(arrived)}" for arrived in self._incoming.feed(data)]
        return data

    def sendall(self, data: Any, *arguments: Any) -> None:
        self._packets.append(f"< {_shown(data)}")
        super().sendall(data, *arguments)


def _shown(packet: object) -> str:
    return packet.decode("latin-1")[:300] if isinstance(packet, bytes) else str(packet)
