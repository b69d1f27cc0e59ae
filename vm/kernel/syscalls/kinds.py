"""What an argument of a system call is: the names from which the rows of the table are made.

A kind says what the register holds, and so how a trace shows it (:mod:`vm.observe.strace.kinds` has the other half,
one entry a kind). Where a structure goes both ways there are two: ``…_RESULT`` is what the call stores.
"""

from __future__ import annotations

from enum import Enum

from vm.enums import quick


@quick
class Kind(Enum):
    """What an argument, or a result, is. The first eleven are general; each other one is a case of one of those."""

    INT = "int"
    FD = "fd"
    PID = "pid"
    SIGNAL = "signal"
    SIZE = "size"
    FLAGS = "flags"
    ADDRESS = "address"
    PATH = "path"
    STRINGS = "strings"
    SENT = "bytes sent"
    RECEIVED = "bytes received"

    # --- numbers
    DIRECTORY = ("the directory that a path begins at", FD)
    ID = ("user or group, -1 for none", FLAGS)
    PERMISSIONS = ("octal", FLAGS)
    CREATE_MODE = ("permissions of a file that the flags before may make", FLAGS)
    FILE_MODE = ("type and permissions of a file", FLAGS)
    DEVICE = ("number of the device that the mode before makes", FLAGS)
    LOW = ("low half of a 64-bit number, before its high half", SIZE)
    HIGH = ("high half of a 64-bit number, before its low half", SIZE)
    OTHER_HALF = ("the half that is shown with the one before", SIZE)
    PAGES = ("offset in pages", SIZE)

    # --- one of several
    WHENCE = ("whence", INT)
    FCNTL = ("command of fcntl", INT)
    IOCTL = ("request of ioctl", FLAGS)
    MASK_CHANGE = ("how a signal mask changes", INT)
    ID_KIND = ("kind of id in waitid", INT)
    CLOCK = ("clock", INT)
    TIMER = ("interval timer", INT)
    USAGE_OF = ("whose usage", INT)
    RESOURCE = ("resource with a limit", INT)
    ADVICE = ("advice on memory", INT)
    PRCTL = ("option of prctl", INT)
    FUTEX = ("operation of futex", INT)
    SOCKET_FAMILY = ("family of a socket", INT)
    PROTOCOL = ("protocol of a socket", INT)
    OPTION_LEVEL = ("level of an option of a socket", INT)
    SOCKET_OPTION = ("option of the level before", INT)
    SHUTDOWN = ("what a socket does no more", INT)
    EPOLL_OPERATION = ("operation of epoll_ctl", INT)
    KEY = ("key of an object of System V IPC", INT)
    SEMAPHORE_COMMAND = ("command of semctl", INT)
    MEMORY_COMMAND = ("command of shmctl", INT)
    MESSAGE_COMMAND = ("command of msgctl", INT)

    POLICY = ("scheduling policy", INT)
    PRIORITY_OF = ("whose nice value", INT)

    # --- flags
    OPEN_FLAGS = ("flags of open", FLAGS)
    DESCRIPTOR_FLAGS = ("flags of new descriptors", FLAGS)
    ACCESS_MODE = ("access asked about", FLAGS)
    ACCESS_FLAGS = ("flags of faccessat2", FLAGS)
    PATH_FLAGS = ("how a path is walked", FLAGS)
    UNLINK_FLAGS = ("flags of unlinkat", FLAGS)
    STATX_FLAGS = ("flags of statx", FLAGS)
    STATX_MASK = ("fields of statx", FLAGS)
    RENAME_FLAGS = ("flags of renameat2", FLAGS)
    LOCK_FLAGS = ("operation of flock", FLAGS)
    ALLOCATE_FLAGS = ("mode of fallocate", FLAGS)
    PROTECTION = ("protection of memory", FLAGS)
    MAP_FLAGS = ("flags of mmap", FLAGS)
    MREMAP_FLAGS = ("flags of mremap", FLAGS)
    MSYNC_FLAGS = ("flags of msync", FLAGS)
    LOCKALL_FLAGS = ("flags of mlockall", FLAGS)
    CLONE_FLAGS = ("flags and signal of clone", FLAGS)
    WAIT_OPTIONS = ("options of a wait", FLAGS)
    RANDOM_FLAGS = ("flags of getrandom", FLAGS)
    SOCKET_TYPE = ("type and flags of a socket", FLAGS)
    SOCKET_FLAGS = ("flags of an accepted socket", FLAGS)
    MESSAGE_FLAGS = ("flags of a message", FLAGS)
    TIMER_FLAGS = ("flags of clock_nanosleep", FLAGS)
    EPOLL_FLAGS = ("flags of epoll_create1", FLAGS)
    EVENT_FLAGS = ("flags of eventfd", FLAGS)
    SIGNAL_FILE_FLAGS = ("flags of signalfd4", FLAGS)
    TIMER_FILE_FLAGS = ("flags of timerfd_create and timerfd_settime", FLAGS)
    IPC_FLAGS = ("flags and permissions of a new object of System V IPC", FLAGS)
    MEMORY_FLAGS = ("flags and permissions of new shared memory", FLAGS)
    ATTACH_FLAGS = ("flags of shmat", FLAGS)
    QUEUE_FLAGS = ("flags of msgsnd and msgrcv", FLAGS)

    # --- what others decide about
    FCNTL_ARGUMENT = ("argument of fcntl's command", FLAGS)
    IOCTL_ARGUMENT = ("argument of ioctl's request", ADDRESS)
    PRCTL_ARGUMENT = ("first argument of prctl's option", ADDRESS)
    PRCTL_REST = ("further argument of prctl's option", ADDRESS)
    MREMAP_ADDRESS = ("where MREMAP_FIXED wants a mapping", ADDRESS)
    CLONE_STACK = ("stack of a child", ADDRESS)
    CLONE_PARENT_TID = ("where CLONE_PARENT_SETTID stores", ADDRESS)
    CLONE_TLS = ("thread pointer for CLONE_SETTLS", ADDRESS)
    CLONE_CHILD_TID = ("where CLONE_CHILD_SETTID stores and CLONE_CHILD_CLEARTID clears", ADDRESS)
    FUTEX_TIMEOUT = ("time that a futex operation waits", ADDRESS)
    FUTEX_OTHER = ("second futex of an operation", ADDRESS)
    FUTEX_BITS = ("bits of a futex operation", SIZE)
    SEMAPHORE_ARGUMENT = ("argument of semctl's command", ADDRESS)
    MEMORY_ARGUMENT = ("argument of shmctl's command", ADDRESS)
    MESSAGE_ARGUMENT = ("argument of msgctl's command", ADDRESS)

    # --- memory that is read
    ENVIRONMENT = ("environment strings", STRINGS)
    VECTOR_SENT = ("iovecs of bytes sent", ADDRESS)
    TIMESPEC = ("struct timespec", ADDRESS)
    TIMES_OF_FILE = ("two of struct timespec", ADDRESS)
    ITIMERVAL = ("struct itimerval", ADDRESS)
    SIGEVENT = ("struct sigevent", ADDRESS)
    NEW_QUEUE = ("struct mq_attr of a queue that the flags before may make", ADDRESS)
    QUEUE_ATTRIBUTES = ("struct mq_attr", ADDRESS)
    ITIMERSPEC = ("struct itimerspec", ADDRESS)
    SIGNAL_SET = ("signal set", ADDRESS)
    SIGNAL_SET_WITH_SIZE = ("address and size of a signal set", ADDRESS)
    ACTION = ("struct sigaction", ADDRESS)
    SIGNAL_STACK = ("stack_t", ADDRESS)
    SIGINFO = ("siginfo_t", ADDRESS)
    LIMITS = ("struct rlimit64", ADDRESS)
    DESCRIPTOR_SET = ("fd_set", ADDRESS)
    POLL_LIST = ("list of struct pollfd", ADDRESS)
    EPOLL_EVENT = ("struct epoll_event that an operation takes", ADDRESS)
    PROCESSORS = ("set of processors", ADDRESS)
    PRIORITY = ("struct sched_param", ADDRESS)
    ATTRIBUTES = ("struct sched_attr", ADDRESS)
    GROUPS = ("list of groups", ADDRESS)
    POSITION = ("64-bit offset", ADDRESS)
    SEMAPHORE_OPERATIONS = ("list of struct sembuf", ADDRESS)
    SOCKET_ADDRESS = ("address of a socket, before its length", ADDRESS)
    OPTION_VALUE = ("value of the option before", ADDRESS)
    MESSAGE = ("struct msghdr that is sent", ADDRESS)
    MESSAGES = ("list of struct mmsghdr that are sent", ADDRESS)
    MESSAGE_SENT = ("struct msgbuf", ADDRESS)

    # --- memory that is written
    PATH_RESULT = ("path that is told", ADDRESS)
    RANDOM_RESULT = ("random bytes", ADDRESS)
    VECTOR_RECEIVED = ("iovecs of bytes received", ADDRESS)
    MESSAGE_RECEIVED = ("struct msgbuf that is received", ADDRESS)
    ENTRIES_RESULT = ("entries of a directory", ADDRESS)
    PIPE_ENDS = ("two descriptors", ADDRESS)
    POSITION_RESULT = ("new 64-bit offset", ADDRESS)
    NUMBER_RESULT = ("a number", ADDRESS)
    WAIT_STATUS = ("wait status word", ADDRESS)
    USAGE = ("struct rusage", ADDRESS)
    SIGINFO_RESULT = ("siginfo_t that is told", ADDRESS)
    TIMESPEC_RESULT = ("time that is told", ADDRESS)
    TIME_LEFT = ("time left of an interrupted sleep", ADDRESS)
    ITIMERVAL_RESULT = ("former struct itimerval", ADDRESS)
    ITIMERSPEC_RESULT = ("struct itimerspec that is told", ADDRESS)
    EPOLL_EVENTS_RESULT = ("list of struct epoll_event that are told", ADDRESS)
    TICKS = ("struct tms", ADDRESS)
    SIGNAL_SET_RESULT = ("former signal set", ADDRESS)
    ACTION_RESULT = ("former struct sigaction", ADDRESS)
    SIGNAL_STACK_RESULT = ("former stack_t", ADDRESS)
    LIMITS_RESULT = ("former struct rlimit64", ADDRESS)
    GROUPS_RESULT = ("groups that are told", ADDRESS)
    PROCESSORS_RESULT = ("processors that are told", ADDRESS)
    PRIORITY_RESULT = ("struct sched_param that is told", ADDRESS)
    ATTRIBUTES_RESULT = ("struct sched_attr that is told", ADDRESS)
    STATX = ("struct statx", ADDRESS)
    STATFS = ("struct statfs64", ADDRESS)
    SYSINFO = ("struct sysinfo", ADDRESS)
    UTSNAME = ("struct utsname", ADDRESS)
    ADDRESS_RESULT = ("address of a socket that is told, before that of its length", ADDRESS)
    LENGTH_RESULT = ("room for an address or a value, and its length that is told", ADDRESS)
    OPTION_RESULT = ("value of the option before that is told", ADDRESS)
    QUEUE_ATTRIBUTES_RESULT = ("struct mq_attr that is told", ADDRESS)
    MESSAGE_RESULT = ("struct msghdr that is received", ADDRESS)
    MESSAGES_RESULT = ("list of struct mmsghdr that are received", ADDRESS)

    # --- results
    FCNTL_RESULT = ("result of fcntl's command", INT)
    PRCTL_RESULT = ("result of prctl's option", INT)
    POLICY_RESULT = ("scheduling policy that is told", INT)
    POLL_RESULT = ("how many files are ready", INT)
    SELECT_RESULT = ("how many descriptors are ready", INT)

    @property
    def basis(self) -> Kind:
        """The general kind that this one is a case of."""
        return self if isinstance(self.value, str) else Kind(self.value[1])

    @property
    def is_signed(self) -> bool:
        """True when the register holds a signed number."""
        return self.basis in (Kind.INT, Kind.FD, Kind.PID, Kind.SIGNAL)

    @property
    def is_path(self) -> bool:
        """True for what names a file by its path."""
        return self is Kind.PATH

    @property
    def is_descriptor(self) -> bool:
        """True for what names one or more descriptors."""
        return self.basis is Kind.FD or self in (Kind.PIPE_ENDS, Kind.DESCRIPTOR_SET, Kind.POLL_LIST)
