"""What gdb is told before it has the machine: the settings that its processes need, and commands of ours."""

from __future__ import annotations

SETTINGS = (
    "set non-stop off",
    "set detach-on-fork off",  # both of these, or gdb refuses to go on behind a vfork
    "set schedule-multiple on",
    "set follow-exec-mode same",
    "set stack-cache off",  # gdb 13 keeps the stack of a process for what it was, where all go on from another one
)
"""Each is one that every gdb has that knows RISC-V. The manual's page gives them to people."""
FORKLORE_COMMANDS = '''\
python
import re
import gdb

OVER = "The session is over: no process is left. Start it anew for another one."

def living():
    """Choose an inferior that lives where the one that is chosen does not; False if none does."""
    if gdb.selected_inferior().pid:
        return True
    alive = [each for each in gdb.inferiors() if each.pid]
    if alive:
        alive[0].threads()[0].switch()
        gdb.write("[Switching to process %d]\\n" % alive[0].pid)
        gdb.execute("frame")
    return bool(alive)

class Goto(gdb.Command):
    """Go to another moment of the run: goto CLOCK|+N|-N|begin|end|last EVENT.

`monitor when` tells the present one, `monitor help goto` the events."""

    def __init__(self):
        super().__init__("goto", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if not living():
            raise gdb.GdbError(OVER)
        said = gdb.execute("monitor goto " + argument, to_string=True)
        gdb.write(said)
        found = re.search(r"planned:[^;]*\\b(back|ahead)", said)
        while found and living():
            gdb.execute("continue" if found[1] == "ahead" else "reverse-continue", to_string=True)
            found = re.search(r"planned:[^;]*\\b(back|ahead)", gdb.execute("monitor goto", to_string=True))

class Started(gdb.Command):
    """Do nothing: the program has been started."""

    def invoke(self, argument, from_tty):
        started = "The program has been started: `goto begin` goes back to its first instruction."
        raise gdb.GdbError(started if living() else OVER)

Goto()
for name in ("run", "start", "starti"):
    Started(name, gdb.COMMAND_RUNNING)
gdb.events.before_prompt.connect(living)
end
'''
"""What gdb does in Python, for which it may have been built without: the last thing that it is told.

Where the chosen process has ended, gdb would say that the program is not being run: another one is chosen.
"""


def script(path: str, images: str) -> str:
    """Return commands that make a gdb ready, and connect it to the machine at the Unix socket ``path``.

    Programs and their symbols are the guest's, whose ``images`` are below that folder.
    """
    return "\n".join([*SETTINGS, f"set sysroot {images}", f"target remote {path}", FORKLORE_COMMANDS])
