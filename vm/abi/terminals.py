"""Terminals: requests of ioctl(2) (asm-generic/ioctls.h) and what their settings hold (asm-generic/termbits.h)."""

from __future__ import annotations

TCGETS, TCSETS, TCSETSW, TCSETSF, TCSBRK, TCXONC, TCFLSH = 0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540A, 0x540B
TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCGWINSZ, TIOCSWINSZ = 0x540E, 0x540F, 0x5410, 0x5413, 0x5414
FIONREAD, FIONBIO, TIOCGSID, FIONCLEX, FIOCLEX = 0x541B, 0x5421, 0x5429, 0x5450, 0x5451
SIOCATMARK = 0x8905
"""Requests of ioctl(2): ioctl_tty(2)."""

ICANON, VMIN = 0x2, 6
"""The bit of c_lflag for input in lines, and the place in c_cc of the least number of bytes that a read waits for."""
