"""Receiving and sending through the end of a conversation, whichever call asks for it (socket(7))."""

from __future__ import annotations

from vm.abi import Errno, Signal
from vm.kernel import telling
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Endpoint, Sending
from vm.kernel.files.opened import WouldBlock
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.signals import sending as signals
from vm.kernel.syscalls.buffers import Buffers, gather, scatter
from vm.kernel.syscalls.timeouts import wait_for
from vm.memory import BadAddress


def receive_into(kernel: Kernel, task: Task, file: Endpoint, buffers: Buffers) -> int | Wait:
    """Let a read have what is there, waiting while that is nothing: some bytes, or a message."""
    size = sum(length for _, length in buffers)
    if not size:
        return 0
    data = file.peek(min(size, file.largest))
    if isinstance(data, WouldBlock):
        return wait_for(kernel, task, file.flags, data)
    scatter(task, buffers, 0, data)
    file.advance(len(data), kernel.scheduler.wake)
    return len(data)


def send_from(kernel: Kernel, task: Task, sending: Sending, buffers: Buffers, *, keeps_messages: bool) -> int | Wait:
    """Send all of ``buffers``, as one message or as much as there is room for; how much.

    ``task.moved`` is what was sent before a wait. SIGPIPE with EPIPE, where nothing was sent.
    """
    size = sum(length for _, length in buffers)
    done = 0 if keeps_messages else task.moved
    if keeps_messages:
        sending.check_size(size)
    while True:
        try:
            data = whole(task, buffers) if keeps_messages else gather(task, buffers, done)
            taken = telling.write(kernel, task, sending, data)
            if isinstance(taken, WouldBlock):
                wait = wait_for(kernel, task, sending.flags, taken)
                if done and task.interrupted:
                    return done
                task.moved = done or task.moved
                return wait
        except (BadAddress, SystemCallError) as error:
            if done:
                return done
            is_broken = isinstance(error, SystemCallError) and error.errno == Errno.EPIPE
            if is_broken and not sending.is_quiet and not keeps_messages:
                signals.send_own(kernel, task, Signal.SIGPIPE)
            raise
        done += taken
        if keeps_messages or done >= size:
            return done
        kernel.check_time()


def whole(task: Task, buffers: Buffers) -> bytes:
    """Return all that the buffers hold. Raises BadAddress."""
    return b"".join([task.memory.read(address, size) for address, size in buffers])
