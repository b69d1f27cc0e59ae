"""POSIX message queues: numbers and structures (linux/mqueue.h; mq_overview(7))."""

from __future__ import annotations

from vm.abi.layout import Structure, s32

MQ_PRIO_MAX = 32768
"""Priorities of messages, from 0 on."""
QUEUES_MAX = 256
"""Queues there may be, but for root (/proc/sys/fs/mqueue/queues_max)."""
MSG_MAX = MSG_DEFAULT = 10
"""Messages of a queue: what others than root may ask for at most, and those of one for which nothing is asked."""
MSGSIZE_MAX = MSGSIZE_DEFAULT = 8192
"""Bytes of a message, likewise."""
HARD_MSG_MAX, HARD_MSGSIZE_MAX = 65536, 16 << 20
"""What root may ask for at most."""
MESSAGE_SIZE = NODE_SIZE = 24
"""Bytes that Linux counts for each message, and for each priority, of those that there can be."""
MQUEUE_MAGIC = 0x1980_0202
FILE_SIZE = 80
"""Bytes of a queue's file, whatever the queue holds."""
SI_MESGQ = -3
"""si_code of the signal that tells of a message."""
COOKIE_SIZE = 32
"""Bytes that go through a socket to a thread that is to be told of a message."""
COOKIE_WOKEN, COOKIE_REMOVED = 1, 2
"""The last of them: there is a message, or nobody is told any more."""


class MqAttr(Structure, size=32):
    """``struct mq_attr`` (linux/mqueue.h)."""

    mq_flags: s32
    mq_maxmsg: s32
    mq_msgsize: s32
    mq_curmsgs: s32
