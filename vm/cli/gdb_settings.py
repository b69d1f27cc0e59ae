"""What gdb is told before it has the machine: the settings that its processes need, and commands of ours."""

from __future__ import annotations

SETTINGS = (
    "set non-stop off",
    "set detach-on-fork off",  # both of these, or gdb refuses to go on behind a vfork
    "set schedule-multiple on",
    "set follow-exec-mode same",
    "set sysroot target:",  # programs and their symbols are the guest's
)
"""Each is one that every gdb has that knows RISC-V. The manual's page gives them to people."""
COMMANDS = """\
define goto
  monitor goto $arg0
  continue
end
document goto
Go to another moment of the run, back or ahead: goto CLOCK|+N|-N|begin|end.
`monitor when` tells the present one.
end
"""


def script(path: str) -> str:
    """Return commands that make a gdb ready, and connect it to the machine at the Unix socket ``path``."""
    return "\n".join([*SETTINGS, COMMANDS, f"target remote {path}", ""])
