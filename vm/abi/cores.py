"""What a core says of a process in its notes (core(5)): their types, and what is in them.

Source: Linux's uapi/linux/elf.h and linux/elfcore.h.
"""

from __future__ import annotations

from typing import Annotated

from vm.abi.layout import Structure, s8, s16, s32, u32

NT_PRSTATUS, NT_PRPSINFO, NT_AUXV = 1, 3, 6
NT_FILE, NT_SIGINFO = 0x4649_4C45, 0x5349_4749
"""Types of notes of the owner "CORE"."""


class Prstatus(Structure):
    """``struct elf_prstatus``: a thread, with its pc and x1 to x31 in ``pr_reg``. Times are in microseconds."""

    si_signo: s32
    si_code: s32
    si_errno: s32
    pr_cursig: s16
    pr_sigpend: Annotated[int, "I", 16]
    pr_sighold: u32
    pr_pid: s32
    pr_ppid: s32
    pr_pgrp: s32
    pr_sid: s32
    utime_seconds: s32
    utime_micros: s32
    stime_seconds: s32
    stime_micros: s32
    cutime_seconds: s32
    cutime_micros: s32
    cstime_seconds: s32
    cstime_micros: s32
    pr_reg: Annotated[bytes, "128s"]
    pr_fpvalid: s32


class Prpsinfo(Structure):
    """``struct elf_prpsinfo``: a process; ``pr_sname`` is the letter of its state, ``pr_psargs`` its arguments."""

    pr_state: s8
    pr_sname: s8
    pr_zomb: s8
    pr_nice: s8
    pr_flag: u32
    pr_uid: u32
    pr_gid: u32
    pr_pid: s32
    pr_ppid: s32
    pr_pgrp: s32
    pr_sid: s32
    pr_fname: Annotated[bytes, "16s"]
    pr_psargs: Annotated[bytes, "80s"]
