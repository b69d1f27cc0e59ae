"""The command line in processes of its own that need not load it: each is forked from one that has.

A fresh interpreter takes a second of the processor until it is ready, and most of the tests of the command line look at
what a process reads, writes and returns. :func:`forked_command` starts a small client instead, which hands its
descriptors, folder, arguments and environment to a server; a process that the server forks takes its place. Where a
variable differs that sets how an interpreter starts, the client becomes the program itself. Who sends signals, closes
descriptors or asks what has been loaded starts the program as people do. The machines of such a process are audited
when it ends, as those of tests are.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.forking_client import LENGTH

ROOT = Path(__file__).resolve().parent.parent
CLIENT = Path(__file__).with_name("forking_client.py")
OUT_OF_BALANCE = 99
"""Status of a program whose machines do not pass the audit; what is wrong is on its standard error."""
STARTING = ("FORKLORE", "NUMBA", "LC_", "LANG", "HOME", "XDG_", "TMPDIR", "ZIG_", "LD_")
"""How the names of variables begin that are read when an interpreter starts, or our modules are loaded."""


@cache
def forked_command() -> list[str]:
    """What to start for ``forklore`` with further arguments: from this process's first call on, until it ends."""
    folder = tempfile.TemporaryDirectory(prefix="forklore-test-")
    path = f"{folder.name}/server"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.forking", str(listener.fileno())], pass_fds=[listener.fileno()],
        stdin=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    listener.close()

    def end() -> None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        folder.cleanup()

    atexit.register(end)
    return [sys.executable, "-IS", str(CLIENT), path]


def settings(environment: dict[str, str]) -> dict[str, str]:
    """What of an environment sets how an interpreter starts."""
    names = [name for name in environment if name.startswith((*STARTING, "PYTHON")) and name != "PYTHONPATH"]
    return {name: environment[name] for name in names}


def be_server(listener: socket.socket) -> None:
    """Load everything, and fork for each client."""
    load()
    own = settings(dict(os.environ))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            serve(client, own)
            os._exit(0)
        client.close()


def load() -> None:
    import gc
    import importlib
    import pkgutil

    import asm
    import tests.accounting  # noqa: F401
    import vm
    from vm.native import jit, parts

    for package in (vm, asm):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("vm.api") and not module.name.endswith(("__main__", ".entry", ".confine")):
                importlib.import_module(module.name)
    jit.prepare(parts.ALL)
    gc.collect()
    gc.freeze()


def serve(client: socket.socket, own: dict[str, str]) -> None:
    """Run the program for a client, unless it has to do so itself."""
    length, descriptors, _, _ = socket.recv_fds(client, LENGTH, 3)
    request = b""
    while len(request) < int.from_bytes(length, "little"):
        request += client.recv(1 << 20)
    arguments, folder, environment = json.loads(request.decode("utf-8", "surrogateescape"))
    if settings(environment) != own:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        client.close()
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        os._exit(run(arguments))
    for descriptor in descriptors:
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    client.sendall(status.to_bytes(LENGTH, "little"))


def run(arguments: list[str]) -> int:
    """The program, from the opening of its streams to the functions that are called at exit; its status."""
    import threading
    import traceback

    from tests.accounting import Ledger
    from vm.cli import main

    ledger = Ledger()
    ledger.follow(setattr)
    sys.argv, sys.modules["__main__"] = ["-c", *arguments], ModuleType("__main__")
    encoding, errors = sys.stdout.encoding, sys.stdout.errors or "strict"

    def stream(number: int, mode: str, errors: str) -> Any:
        lines = number == 2 or (number == 1 and os.isatty(1))
        return open(number, mode, 1 if lines else -1, encoding, errors, closefd=False)

    sys.stdin = sys.__stdin__ = stream(0, "r", errors)
    sys.stdout = sys.__stdout__ = stream(1, "w", errors)
    sys.stderr = sys.__stderr__ = stream(2, "w", "backslashreplace")
    status: Any = 0
    try:
        main()
    except SystemExit as ending:
        status = ending.code
        if isinstance(status, str):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        traceback.print_exc()
        status = 1
    try:
        ledger.audit()
    except AssertionError:
        traceback.print_exc()
        status = OUT_OF_BALANCE
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        status = 120
    return (status or 0) & 0xFF


if __name__ == "__main__":
    be_server(socket.socket(fileno=int(sys.argv[1])))
