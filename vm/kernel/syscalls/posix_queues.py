"""POSIX message queues (mq_overview(7))."""

from __future__ import annotations

from vm.abi import NAME_LIMIT, NANOSECONDS, O_ACCMODE, SIGNAL_LIMIT, Errno, Limit, OpenFlag
from vm.abi.layout import WORD
from vm.abi.queues import COOKIE_SIZE, COOKIE_WOKEN, MQ_PRIO_MAX, SI_MESGQ, MqAttr
from vm.abi.timers import Notify, Sigevent
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Access
from vm.kernel.ipc.mqueues import OpenQueue, PosixQueues, Posting, QueueFile, Registration, Taking
from vm.kernel.kernel import Kernel
from vm.kernel.net.netlink import NetlinkSocket
from vm.kernel.process.limits import limit_of
from vm.kernel.process.task import Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.signals import sending
from vm.kernel.signals.state import SignalInfo
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.paths import read_path
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.talking import socket_at
from vm.kernel.syscalls.timeouts import read_timespec, wait_until

_ACCESS = {int(OpenFlag.O_RDONLY): Access.READ, int(OpenFlag.O_WRONLY): Access.WRITE}


@call(
    "mq_open",
    "EACCES EEXIST EFAULT EINVAL EMFILE ENAMETOOLONG ENFILE ENOENT ENOSPC EOVERFLOW",
    path=Kind.PATH,
    flags=Kind.OPEN_FLAGS,
    mode=Kind.CREATE_MODE,
    attributes=Kind.NEW_QUEUE,
)
def mq_open(kernel: Kernel, task: Task, path: int, flags: int, mode: int, attributes: int) -> int:
    """mq_open(3): a descriptor that an exec closes."""
    wanted = MqAttr.unpack(task.memory.read(attributes, MqAttr.SIZE)) if attributes else None
    key = read_name(task, path)
    [number] = task.files.free(1)
    check_name(key)
    queues = kernel.system.part(PosixQueues)
    queue = queues.names.get(key)
    if queue is None:
        if not flags & OpenFlag.O_CREAT:
            raise SystemCallError(Errno.ENOENT)
        limit, _ = limit_of(kernel.settings, task.process, Limit.RLIMIT_MSGQUEUE)
        queue = queues.make(key, mode & ~task.place.umask, task, wanted, limit)
    else:
        if flags & OpenFlag.O_CREAT and flags & OpenFlag.O_EXCL:
            raise SystemCallError(Errno.EEXIST)
        if flags & O_ACCMODE == O_ACCMODE:
            raise SystemCallError(Errno.EINVAL)
        queue.demand(task.user, _ACCESS.get(flags & O_ACCMODE, Access.READ | Access.WRITE))
    return task.files.open(OpenQueue(queue, flags, b"/" + key), number, close_on_exec=True)


def read_name(task: Task, address: int) -> bytes:
    """Return the name at ``address``, which has no slash. SystemCallError(ENOENT) for an empty one."""
    name = read_path(task, address)
    if not name:
        raise SystemCallError(Errno.ENOENT)
    return name


def check_name(name: bytes) -> None:
    """SystemCallError: EACCES for a name that no queue can have, ENAMETOOLONG."""
    if name in (b".", b"..") or b"/" in name:
        raise SystemCallError(Errno.EACCES)
    if len(name) > NAME_LIMIT:
        raise SystemCallError(Errno.ENAMETOOLONG)


@call("mq_unlink", "EACCES EFAULT ENAMETOOLONG ENOENT EPERM", path=Kind.PATH)
def mq_unlink(kernel: Kernel, task: Task, path: int) -> int:
    """mq_unlink(3): the queue is gone once nobody has it open."""
    key = read_name(task, path)
    check_name(key)
    kernel.system.part(PosixQueues).remove(key, task.user)
    return 0


def find(task: Task, number: int) -> OpenQueue:
    """Return the open queue behind a descriptor. Raises SystemCallError(EBADF)."""
    file = task.files.get(number)
    if not isinstance(file, OpenQueue):
        raise SystemCallError(Errno.EBADF)
    return file


def read_moment(kernel: Kernel, task: Task, address: int) -> int:
    """Return the moment of the guest's clock that a time of day stands for; NEVER for the null pointer."""
    if task.deadline is None:
        since = kernel.settings.epoch * NANOSECONDS
        task.deadline = min(read_timespec(task, address) - since, NEVER) if address else NEVER
    return task.deadline


def wait(kernel: Kernel, task: Task, file: OpenQueue, kind: str, why: str) -> Wait:
    """Wait for a message or for a place. SystemCallError: EAGAIN with O_NONBLOCK, ETIMEDOUT when it is too late."""
    if file.flags & OpenFlag.O_NONBLOCK:
        raise SystemCallError(Errno.EAGAIN)
    assert task.deadline is not None
    if kernel.clock >= task.deadline and not task.signals.is_due:
        raise SystemCallError(Errno.ETIMEDOUT)
    return Wait((file.queue.channel(kind),), why, wait_until(task.deadline))


@call(
    "mq_timedsend_time64",
    "EAGAIN EBADF EFAULT EINTR EINVAL EMSGSIZE ENOMEM ETIMEDOUT",
    fd=Kind.FD,
    message=Kind.SENT,
    size=Kind.SIZE,
    priority=Kind.SIZE,
    timeout=Kind.TIMESPEC,
)
def mq_timedsend(
    kernel: Kernel, task: Task, fd: int, message: int, size: int, priority: int, timeout: int
) -> int | Wait:  # fmt: skip
    """mq_send(3)."""
    request = task.request
    if isinstance(request, Posting) and request.outcome is not None:
        return request.outcome
    read_moment(kernel, task, timeout)
    if priority >= MQ_PRIO_MAX:
        raise SystemCallError(Errno.EINVAL)
    file = find(task, fd)
    if not file.writable:
        raise SystemCallError(Errno.EBADF)
    if size > file.queue.longest:
        raise SystemCallError(Errno.EMSGSIZE)
    if not isinstance(request, Posting):
        request = Posting(priority=priority, text=task.memory.read(message, size))
    if file.queue.count >= file.queue.most:
        waits = wait(kernel, task, file, "place", "room in a message queue")
        task.request = request
        return waits
    if file.queue.post(request.priority, request.text):
        tell_owner(kernel, task, file.queue)
    return 0


def tell_owner(kernel: Kernel, task: Task, queue: QueueFile) -> None:
    """Tell who wants to know that ``task`` has sent a message into the empty queue, once."""
    registration, queue.registration = queue.registration, None
    if registration is None or registration.event.sigev_notify == Notify.SIGEV_NONE:
        return
    if registration.event.sigev_notify == Notify.SIGEV_THREAD:
        registration.tell_thread(COOKIE_WOKEN, kernel.scheduler.wake)
        return
    owner, signal = kernel.processes.get(registration.pid), registration.event.sigev_signo
    if owner is not None and signal:
        info = SignalInfo.of(signal, SI_MESGQ, task.pid, task.uid, registration.event.sigev_value)
        sending.send(kernel, owner, info, sender=task.pid)


@call(
    "mq_timedreceive_time64",
    "EAGAIN EBADF EFAULT EINTR EINVAL EMSGSIZE ETIMEDOUT",
    fd=Kind.FD,
    message=Kind.RECEIVED,
    size=Kind.SIZE,
    priority=Kind.NUMBER_RESULT,
    timeout=Kind.TIMESPEC,
)
def mq_timedreceive(
    kernel: Kernel, task: Task, fd: int, message: int, size: int, priority: int, timeout: int
) -> int | Wait:  # fmt: skip
    """mq_receive(3): the bytes of the message."""
    request = task.request
    if isinstance(request, Taking) and request.outcome is not None:
        return deliver(task, message, priority, request.priority, request.text)
    read_moment(kernel, task, timeout)
    file = find(task, fd)
    if not file.readable:
        raise SystemCallError(Errno.EBADF)
    if size < file.queue.longest:
        raise SystemCallError(Errno.EMSGSIZE)
    if not file.queue.count:
        waits = wait(kernel, task, file, "message", "a message in a queue")
        task.request = Taking()
        return waits
    return deliver(task, message, priority, *file.queue.take())


def deliver(task: Task, address: int, place: int, priority: int, text: bytes) -> int:
    """Store a message that was received, and its priority at ``place``; return its bytes."""
    if place:
        task.memory.write(place, WORD.pack(priority))
    task.memory.write(address, text)
    return len(text)


@call("mq_notify", "EBADF EBUSY EFAULT EINVAL ENOTSOCK", fd=Kind.FD, event=Kind.SIGEVENT)
def mq_notify(kernel: Kernel, task: Task, fd: int, event: int) -> int:
    """mq_notify(3)."""
    wanted = Sigevent.unpack(task.memory.read(event, Sigevent.SIZE)) if event else None
    socket, cookie = None, b""
    if wanted is not None:
        if wanted.sigev_notify not in (Notify.SIGEV_SIGNAL, Notify.SIGEV_NONE, Notify.SIGEV_THREAD):
            raise SystemCallError(Errno.EINVAL)
        if wanted.sigev_notify == Notify.SIGEV_THREAD:
            cookie = task.memory.read(wanted.sigev_value, COOKIE_SIZE)
            socket = netlink_at(task, wanted.sigev_signo)
        if wanted.sigev_notify == Notify.SIGEV_SIGNAL and not 0 <= wanted.sigev_signo <= SIGNAL_LIMIT:
            raise SystemCallError(Errno.EINVAL)
    queue = find(task, fd).queue
    if wanted is None:
        queue.parted_from(task.files)
        return 0
    if queue.registration is not None:
        raise SystemCallError(Errno.EBUSY)
    queue.registration = Registration(task.pid, task.files, wanted, socket, cookie)
    task.files.note_lock(queue)
    return 0


def netlink_at(task: Task, number: int) -> NetlinkSocket:
    """Return the socket through which a thread is told. SystemCallError: EBADF, ENOTSOCK, EINVAL for another socket."""
    socket = socket_at(task, number)
    if not isinstance(socket, NetlinkSocket):
        raise SystemCallError(Errno.EINVAL)
    return socket


@call("mq_getsetattr", "EBADF EFAULT EINVAL", fd=Kind.FD, new=Kind.QUEUE_ATTRIBUTES, old=Kind.QUEUE_ATTRIBUTES_RESULT)
def mq_getsetattr(kernel: Kernel, task: Task, fd: int, new: int, old: int) -> int:
    """mq_getattr(3): only O_NONBLOCK can be changed."""
    wanted = MqAttr.unpack(task.memory.read(new, MqAttr.SIZE)).mq_flags if new else 0
    if wanted & ~OpenFlag.O_NONBLOCK:
        raise SystemCallError(Errno.EINVAL)
    file = find(task, fd)
    queue = file.queue
    told = MqAttr.pack(
        mq_flags=file.flags & OpenFlag.O_NONBLOCK, mq_maxmsg=queue.most, mq_msgsize=queue.longest,
        mq_curmsgs=queue.count,
    )  # fmt: skip
    if new:
        file.flags = file.flags & ~OpenFlag.O_NONBLOCK | wanted
    if old:
        task.memory.write(old, told)
    return 0
