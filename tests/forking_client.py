"""Has the server of :mod:`tests.forking` run a program in this process's place, and ends as that does.

As a script: ``forking_client.py SOCKET ARGUMENTS...``. It loads few modules, and nothing of ours.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

PROGRAM = "from vm.cli import main; main()"
LENGTH = 8
"""Bytes that the length of a request takes, and a status."""


def main(path: str, arguments: list[str]) -> None:
    request = json.dumps([arguments, os.getcwd(), dict(os.environ)]).encode("utf-8", "surrogateescape")
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [len(request).to_bytes(LENGTH, "little")], [0, 1, 2])
        server.sendall(request)
        answer = server.recv(LENGTH)
    if not answer:
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, *arguments])
    status = int.from_bytes(answer, "little")
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
