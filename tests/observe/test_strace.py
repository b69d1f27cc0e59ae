"""The trace has a line for each call in strace's form, and watching changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kernel.guest import PRELUDE, boot, log_of
from vm.observe.strace import Form, Selection, Tracer, WrongExpression
from vm.observe.strace.text import quote

SOURCE = """
_start: sys getpid
        li a0, 1
        la a1, text
        li a2, 6
        sys write
        li a0, -1
        sys close
        la a0, path
        la a1, argv
        li a2, 0
        sys execve
        li a7, 2000
        ecall
        li a7, 2000
        ecall
        li a0, 99
        la a1, text
        li a2, 4
        sys read
        sys fork
        beqz a0, child
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 3
child:  lw a0, (zero)
        .data
text:   .ascii "hello\\n"
path:   .asciz "/nowhere"
        .balign 4
argv:   .word path, 0
"""


def trace(tmp_path: Path, source: str, form: Form | None = None, **options: object) -> list[str]:
    lines: list[str] = []
    booted = boot(tmp_path, source, **options)
    Tracer(booted.kernel, lines.append, form)
    booted.finish()
    return lines


def selected(*expressions: str) -> Form:
    selection = Selection()
    for expression in expressions:
        selection = selection.having(expression)
    return Form(selection)


def test_lines_are_strace_s(tmp_path: Path) -> None:
    lines = trace(tmp_path, SOURCE)
    assert "[pid 2] getpid() = 2" in lines
    assert '[pid 2] write(1, "hello\\n", 6) = 6' in lines
    assert "[pid 2] close(-1) = -1 EBADF (Bad file descriptor)" in lines
    assert '[pid 2] execve("/nowhere", ["/nowhere"], NULL) = -1 ENOENT (No such file or directory)' in lines
    assert "[pid 2] fork() = 3" in lines
    assert "[pid 2] exit(3) = ?" in lines
    assert "[pid 2] +++ exited with 3 +++" in lines
    assert "[pid 3] +++ killed by SIGSEGV +++" in lines
    assert any(line.startswith("[pid 3] --- SIGSEGV") for line in lines)
    assert "[pid 2] wait4(-1,  <unfinished ...>" in lines
    assert "[pid 2] <... wait4 resumed>NULL, 0, NULL) = 3" in lines


def test_threads_end_with_their_process(tmp_path: Path) -> None:
    source = """
_start: li a0, 0x10f00
        la a1, stack
        li a7, 220
        ecall
        beqz a0, other
        la a0, word
        li a1, 0
        li a2, 0
        li a3, 0
        li a7, 422
        ecall
other:  li a0, 7
        li a7, 94
        ecall
        .data
word:   .word 0
        .skip 64
stack:
"""
    lines = trace(tmp_path, source)
    assert lines == [
        "[pid 2] clone(child_stack=0x11044, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 3",
        "[pid 2] futex_time64(0x11000, FUTEX_WAIT, 0, NULL <unfinished ...>",
        "[pid 3] exit_group(7) = ?",
        "[pid 3] +++ exited with 7 +++",
        "[pid 2] <... futex_time64 resumed>) = ?",
        "[pid 2] +++ exited with 7 +++",
    ]


THREAD = """
_start: li a0, 0x10f00
        la a1, stack
        sys clone
        beqz a0, other
{first}
        li a0, 1
        sys exit
other:
{other}
        .data
path:   .asciz "echo"
        .balign 4
word:   .word 0, 0
        .skip 64
stack:
"""
WAIT = """
        la a0, word
        li a1, 0
        li a2, 0
        li a3, 0
        li a7, 422
        ecall
"""


def test_a_signal_that_ends_the_process_is_told_of_the_thread_that_took_it(tmp_path: Path) -> None:
    kill = "li a0, 3\n li a1, 15\n li a7, 130\n ecall"
    lines = trace(tmp_path, THREAD.format(first="sys sched_yield\n" + kill, other=WAIT))
    assert lines[-5:] == [
        "[pid 2] tkill(3, SIGTERM) = 0",
        "[pid 3] <... futex_time64 resumed>) = ?",
        "[pid 3] --- SIGTERM {si_signo=SIGTERM, si_code=SI_TKILL, si_pid=2, si_uid=1000} ---",
        "[pid 3] +++ killed by SIGTERM +++",
        "[pid 2] +++ killed by SIGTERM +++",
    ]


def test_the_first_thread_is_superseded_by_another_s_exec_and_has_not_exited(tmp_path: Path) -> None:
    (tmp_path / "echo.s").write_text(PRELUDE + "_start: li a0, 4\n sys exit")
    lines = trace(tmp_path, THREAD.format(first=WAIT, other="la a0, path\n li a1, 0\n li a2, 0\n sys execve"))
    assert lines[-6:] == [
        '[pid 3] execve("echo", NULL, NULL <unfinished ...>',
        "[pid 2] <... futex_time64 resumed>) = ?",
        "[pid 2] +++ superseded by execve in pid 3 +++",
        "[pid 2] <... execve resumed>) = 0",
        "[pid 2] exit(4) = ?",
        "[pid 2] +++ exited with 4 +++",
    ]


def test_an_unknown_call_is_named_once(tmp_path: Path) -> None:
    lines = [line for line in trace(tmp_path, SOURCE) if "ENOSYS" in line]
    assert len(lines) == 1
    assert "2000" in lines[0]


def test_watching_changes_nothing(tmp_path: Path) -> None:
    plain = log_of(boot(tmp_path, SOURCE))
    booted = boot(tmp_path, SOURCE)
    Tracer(booted.kernel, lambda line: None)
    assert log_of(booted) == plain


def test_bad_pointers_are_shown_as_addresses(tmp_path: Path) -> None:
    source = (
        "_start: li a0, 1\n li a1, 0\n li a2, 5\n sys write\n li a0, 0\n li a1, 12\n li a2, 16\n sys execve\n exit 0"
    )
    lines = trace(tmp_path, source)
    assert lines[0].endswith("= -1 EFAULT (Bad address)")
    assert lines[1].startswith("[pid 2] execve(")
    assert lines[1].endswith("= -1 EFAULT (Bad address)")


def test_strings_are_quoted_as_in_c() -> None:
    assert quote(b'a"b\\c\n\t\r\0\x01\xff', 12) == r'"a\"b\\c\n\t\r\0\1\377"'
    assert quote(b"\x012\x1b", 3) == r'"\0012\33"', "an escape before a digit is as long as can be"
    assert quote(b"x" * 40, 32) == '"' + "x" * 32 + '"...'
    assert quote(b"", 0) == '""'


def test_lines_are_split_only_where_another_comes_between(tmp_path: Path) -> None:
    """A vfork's parent waits; a read that finds something at once does not."""
    lines = trace(
        tmp_path,
        """
_start: la a0, ends
        li a1, 0
        sys pipe2
        li a0, 4
        la a1, text
        li a2, 5
        sys write
        li a0, 3
        la a1, ends
        li a2, 3
        sys read
        li a0, 0x4111
        li a1, 0
        sys clone
        bnez a0, parent
        exit 7
parent: li a0, -1
        la a1, ends
        li a2, 2
        li a3, 0
        sys wait4
        exit 0
        .data
        .balign 4
ends:   .word 0, 0
text:   .ascii "ab\\ncd"
""",
    )
    assert lines == [
        "[pid 2] pipe2([3, 4], 0) = 0",
        '[pid 2] write(4, "ab\\ncd", 5) = 5',
        '[pid 2] read(3, "ab\\n", 3) = 3',
        "[pid 2] vfork( <unfinished ...>",
        "[pid 3] exit(7) = ?",
        "[pid 3] +++ exited with 7 +++",
        "[pid 2] <... vfork resumed>) = 3",
        "[pid 2] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3, si_uid=1000, si_status=7, si_utime=0, "
        "si_stime=0} ---",
        "[pid 2] wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 7}], WSTOPPED, NULL) = 3",
        "[pid 2] exit(0) = ?",
        "[pid 2] +++ exited with 0 +++",
    ]


KILLED = """
_start: sys fork
        beqz a0, child
        mv s0, a0
        li a0, 1
        li a1, 0
        la a2, second
        li a3, 0
        sys clock_nanosleep_time64
        mv a0, s0
        li a1, {signal}
        sys kill
        li a0, -1
        la a1, status
        li a2, 0
        li a3, 0
        sys wait4
        exit 0
child:  li a0, 1
        li a1, 0
        la a2, hour
        la a3, status
        sys clock_nanosleep_time64
        exit 1
        .data
        .balign 8
second: .word 1, 0, 0, 0
hour:   .word 3600, 0, 5, 0
status: .word 0
"""


def test_a_process_that_is_killed_in_a_call(tmp_path: Path) -> None:
    lines = trace(tmp_path, KILLED.format(signal=15))
    sleep = "clock_nanosleep_time64(CLOCK_MONOTONIC, 0, {tv_sec=%d, tv_nsec=%d},  <unfinished ...>"
    sender = "{si_signo=SIGTERM, si_code=SI_USER, si_pid=2, si_uid=1000}"
    assert lines[1:] == [
        "[pid 2] " + sleep % (1, 0),
        "[pid 3] " + sleep % (3600, 5),
        "[pid 2] <... clock_nanosleep_time64 resumed>NULL) = 0",
        "[pid 2] kill(3, SIGTERM) = 0",
        "[pid 2] wait4(-1,  <unfinished ...>",
        "[pid 3] <... clock_nanosleep_time64 resumed>) = ?",
        f"[pid 3] --- SIGTERM {sender} ---",
        "[pid 3] +++ killed by SIGTERM +++",
        "[pid 2] <... wait4 resumed>[{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], 0, NULL) = 3",
        "[pid 2] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=3, si_uid=1000, si_status=SIGTERM, "
        "si_utime=0, si_stime=0} ---",
        "[pid 2] exit(0) = ?",
        "[pid 2] +++ exited with 0 +++",
    ]
    assert lines[0] == "[pid 2] fork() = 3"


def test_a_run_that_ends_in_calls(tmp_path: Path) -> None:
    """What never returned is told once the machine has stopped, and a call that kills its caller has no result."""
    stuck = trace(tmp_path, "_start: li a0, 0\n li a1, 0\n li a2, 0\n li a3, 0\n li a4, 8\n sys ppoll_time64\n")
    assert stuck == ["[pid 2] ppoll_time64(NULL, 0, NULL, NULL, 8 <unfinished ...>"]
    own = trace(tmp_path, "_start: sys getpid\n li a1, 9\n sys kill\n exit 0")
    assert own[1:] == [
        "[pid 2] kill(2, SIGKILL) = 0",
        "[pid 2] --- SIGKILL {si_signo=SIGKILL, si_code=SI_USER, si_pid=2, si_uid=1000} ---",
        "[pid 2] +++ killed by SIGKILL +++",
    ]


HANDLED = """
_start: li a0, 10
        la a1, action
        li a2, 0
        li a3, 8
        sys rt_sigaction
        li a0, 0
        la a1, usr1
        li a2, 0
        sys rt_sigprocmask
        sys getpid
        mv s0, a0
        li a1, 10
        sys kill
        mv a0, s0
        li a1, 23
        sys kill
        li a0, 1
        la a1, usr1
        la a2, old
        sys rt_sigprocmask
        exit 0
handler: ret
        .data
        .balign 8
usr1:   .word 0x200, 0
old:    .word 0, 0
action: .word handler, 0x10000004, 0x800, 4
"""


def test_signals_are_told_when_they_act(tmp_path: Path) -> None:
    lines = [line.removeprefix("[pid 2] ") for line in trace(tmp_path, HANDLED)]
    action = re.sub("0x[0-9a-f]+", "H", lines[0])
    assert action == (
        "rt_sigaction(SIGUSR1, {sa_handler=H, sa_mask=[USR2 RT_3], sa_flags=SA_RESTART|SA_SIGINFO}, NULL, 8) = 0"
    )
    assert lines[1:] == [
        "rt_sigprocmask(SIG_BLOCK, [USR1], NULL, 8) = 0",
        "getpid() = 2",
        "kill(2, SIGUSR1) = 0",
        "kill(2, SIGURG) = 0",
        "--- SIGURG {si_signo=SIGURG, si_code=SI_USER, si_pid=2, si_uid=1000} ---",
        "rt_sigprocmask(SIG_UNBLOCK, [USR1], [USR1], 8) = 0",
        "--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=2, si_uid=1000} ---",
        "rt_sigreturn({mask=[]}) = 0",
        "exit(0) = ?",
        "+++ exited with 0 +++",
    ]


def test_selection(tmp_path: Path) -> None:
    def calls(*expressions: str) -> set[str]:
        lines = trace(tmp_path, HANDLED, selected(*expressions))
        return {line.split()[2].split("(")[0] for line in lines}

    assert calls("kill,getpid", "signal=none") == {"kill", "getpid", "+++"}
    assert calls("trace=%signal") == {"rt_sigaction", "rt_sigprocmask", "kill", "rt_sigreturn", "---", "+++"}
    assert calls("trace=signal", "!rt_sigprocmask,kill", "signal=!USR1,sigurg") == {
        "rt_sigaction", "getpid", "rt_sigreturn", "exit", "+++",
    }  # fmt: skip
    assert calls("none", "s=SIGURG") == {"---", "+++"}
    assert calls("t=/^get|x.t$,?nothing") == {"getpid", "exit", "---", "+++"}


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("wrote", "'wrote' is no system call; did you mean 'write'?"),
        ("trace=write,", "'' is no system call"),
        ("signal=SIGFOO", "'SIGFOO' is no signal; did you mean 'SIGIO'?"),
        ("signal=0", "'0' is no signal"),
        ("abbrev=all", "'abbrev' is nothing that is selected by: trace=CALLS or signal=SIGNALS"),
        ("/(", "'(' is no regular expression: missing ), unterminated subpattern at position 0"),
    ],
)
def test_what_cannot_be_selected(expression: str, wrong: str) -> None:
    with pytest.raises(WrongExpression) as error:
        Selection().having(expression)
    assert str(error.value) == wrong


def test_classes_have_their_calls() -> None:
    def members(name: str) -> frozenset[str]:
        return Selection().having(f"trace={name}").calls

    assert {"openat", "execve", "statx", "chdir"} <= members("file")
    assert {"write", "close", "pipe2", "openat", "mmap2", "ppoll_time64"} <= members("desc")
    assert members("process") >= {"fork", "vfork", "clone", "execve", "exit_group", "wait4", "waitid", "kill"}
    assert members("memory") >= {"brk", "mmap2", "munmap", "mprotect"}
    assert members("creds") >= {"getuid", "setresuid", "getgroups"}
    assert "close" not in members("file") | members("memory") | members("signal")
    assert not members("network")
    short = members("mmap,fcntl,clock_nanosleep,lseek,ppoll,futex")
    assert short == members("mmap2,fcntl64,clock_nanosleep_time64,_llseek,ppoll_time64,futex_time64") | {"lseek"}


def test_the_clock_and_longer_strings(tmp_path: Path) -> None:
    source = '_start: li a0, 1\n la a1, t\n li a2, 40\n sys write\n exit 0\n.data\nt: .ascii "' + "x" * 40 + '"'
    assert trace(tmp_path, source, Form(string_size=4))[0] == '[pid 2] write(1, "xxxx"..., 40) = 40'
    assert trace(tmp_path, source, Form(string_size=40))[0] == f'[pid 2] write(1, "{"x" * 40}", 40) = 40'
    assert trace(tmp_path, source, Form(has_clock=True)) == [
        f'[pid 2]          5 write(1, "{"x" * 32}"..., 40) = 40',
        "[pid 2]          8 exit(0) = ?",
        "[pid 2]          9 +++ exited with 0 +++",
    ]


def test_each_process_has_lines_of_its_own(tmp_path: Path) -> None:
    written: dict[int, list[str]] = {}
    booted = boot(tmp_path, KILLED.format(signal=9))
    Tracer(booted.kernel, print, separate=lambda pid: written.setdefault(pid, []).append)
    booted.finish()
    assert [line.split("(")[0] for line in written[3]] == [
        "clock_nanosleep_time64", "--- SIGKILL {si_signo=SIGKILL, si_code=SI_USER, si_pid=2, si_uid=1000} ---",
        "+++ killed by SIGKILL +++",
    ]  # fmt: skip
    assert written[3][0].endswith("{tv_sec=3600, tv_nsec=5},  <unfinished ...>) = ?")
    assert [line.split("(")[0] for line in written[2]][:4] == ["fork", "clock_nanosleep_time64", "kill", "wait4"]
    assert not any("resumed" in line for lines in written.values() for line in lines)


INTERRUPTED = """
_start: li a0, 14
        la a1, action
        li a2, 0
        li a3, 8
        sys rt_sigaction
        li a0, 0
        la a1, timer
        li a2, 0
        sys setitimer
        li a0, 1
        li a1, 0
        la a2, hour
        la a3, left
        sys clock_nanosleep_time64
        la a0, bad
        li a1, 0
        li a2, 0
        sys execve
        li a0, 0
        la a1, set
        la a2, set
        li a3, 8
        sys rt_sigprocmask
        exit 0
handler: ret
        .data
        .balign 8
hour:   .word 3600, 0, 0, 0
action: .word handler, 0, 0, 0
timer:  .word 0, 0, 600, 0
bad:    .asciz "/bad\\x1b"
        .bss
        .space 8192
left:   .space 8192
set:    .space 8
"""


def test_a_sleep_that_is_interrupted_and_what_nobody_has_touched(tmp_path: Path) -> None:
    bad = tmp_path / "bad\x1b"
    bad.write_bytes(b"\x7fELF")
    bad.chmod(0o755)
    lines = [line.removeprefix("[pid 2] ") for line in trace(tmp_path, INTERRUPTED)]
    sleep, alarm, back, failed, rejected, mask = lines[2:8]
    assert sleep == (
        "clock_nanosleep_time64(CLOCK_MONOTONIC, 0, {tv_sec=3600, tv_nsec=0}, {tv_sec=3000, tv_nsec=7}) "
        "= -1 EINTR (Interrupted system call)"
    )
    assert alarm == "--- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---"
    assert back == "rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)"
    assert rejected.startswith("--- /bad\\x1b: ")
    assert failed == 'execve("/bad\\33", NULL, NULL) = -1 ENOEXEC (Exec format error)'
    assert mask == "rt_sigprocmask(SIG_BLOCK, [], [], 8) = 0"


def test_a_signal_that_is_handled_while_the_process_runs(tmp_path: Path) -> None:
    """It is blocked in its handler, and told before it."""
    lines = trace(
        tmp_path,
        """
_start: li a0, 10
        la a1, action
        li a2, 0
        li a3, 8
        sys rt_sigaction
        sys fork
        beqz a0, child
spin:   la t0, flag
        lw t1, (t0)
        beqz t1, spin
        exit 0
child:  sys getppid
        li a1, 10
        sys kill
        exit 0
handler: la t0, flag
        sw a0, (t0)
        ret
        .data
        .balign 8
action: .word handler, 0, 0, 0
flag:   .word 0
""",
        quantum=100,
    )
    own = [line.removeprefix("[pid 2] ") for line in lines if line.startswith("[pid 2] ")]
    sent = own.index("--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=3, si_uid=1000} ---")
    assert own[sent + 1] == "rt_sigreturn({mask=[]}) = 0" or own[sent + 1].startswith("--- SIGCHLD")


def test_what_a_service_returns_is_a_number_and_no_error(tmp_path: Path) -> None:
    source = """
main:   li a7, 5
        ecall                   # reads -5, which is not EIO
        la a0, absent
        li a1, 0
        li a7, 1024
        ecall                   # -1 is all that is told of a failure
        li a0, 0
        li a7, 93
        ecall
        .data
absent: .asciz "absent"
"""
    lines = trace(tmp_path, source, dialect="rars", input=b"-5\n")
    assert [line for line in lines if "= -" in line] == ["[pid 2] read_int() = -5", '[pid 2] open("absent", 0) = -1']
    assert lines[-2:] == ["[pid 2] exit2(0) = ?", "[pid 2] +++ exited with 0 +++"]


def test_a_service_that_ends_its_program_has_one_line(tmp_path: Path) -> None:
    lines = trace(tmp_path, "main: la a0, main\n li a7, 59\n ecall\n", dialect="rars")
    assert lines == ["[pid 2] message_dialog_string() = ?", "[pid 2] +++ exited with 1 +++"]
