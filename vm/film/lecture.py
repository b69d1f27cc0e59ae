"""The films of a lecture: which programs, on which machines, what there is to see and when; and the page of them."""

from __future__ import annotations

import html
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import field

from vm import quantities
from vm.film.reel import Reel
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment to look at: that of event ``number`` of a ``kind`` in a film, from the last one where it is negative.

    ``words`` say what there is to see, and ``process`` which process is shown, 0 for the first.
    """

    words: str
    kind: str
    number: int = 0
    process: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A film: ``program`` is a path below the folder of programs, ``settings`` are the machine's.

    ``compared`` are the settings that are shown side by side, if any. ``scenes`` are the moments that a list leads to.
    """

    name: str
    title: str
    caption: str
    program: str
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    scenes: tuple[Scene, ...] = ()

    @property
    def words(self) -> list[str]:
        """What stands behind ``forklore film`` to make it, but for its title and caption."""
        words = ["-o", f"{self.name}.html"]
        for name, value in self.settings.items():
            words += [f"--{name}", value]
        if self.compared:
            words += ["--compare", ",".join(self.compared)]
        apart = ["--"] if any(argument.startswith("-") for argument in self.arguments) else []
        return [*words, f"programs/{self.program}", *apart, *self.arguments]

    def address(self, scene: Scene, reel: Reel) -> str:
        """Return the address, below the folder of the films, at which this film shows a scene.

        ``reel`` is what was recorded of it; of several that are compared the first, whose clock counts.
        """
        kinds, moments = reel.column("events", "kind"), reel.column("events", "moment")
        moment = moments[kinds == reel.head["kinds"].index(scene.kind)][scene.number]
        clock, steps = (reel.column("moments", name)[moment] for name in ("clock", "steps"))
        parts = [f"clock={clock}"]
        if not self.compared:
            parts.append(f"steps={steps}")
        if scene.process:
            parts.append(f"process={scene.process}")
        return f"{self.name}.html#{'&'.join(parts)}"


SMALL = {"memory": "256K"}
"""Few frames, so that each is seen."""

LESSONS = (
    Lesson(
        "01-fork", "fork copies, and nothing gets back",
        "At the fork the child gets page tables and frames of its own, for data, heap and stack: new cells fill in "
        "physical memory. The code is never written, and stays shared. "
        "The child turns three ones into twos at the addresses that its parent uses, and the parent still finds ones.",
        "fork_isolation.s", settings=SMALL,
        scenes=(
            Scene("the fork", "fork"), Scene("the child has written", "output", process=3),
            Scene("it ends, and its frames are freed", "exit"),
        ),
    ),
    Lesson(
        "02-copy-on-write", "Copy on write: the copy that is put off",
        "The same program twice. On the left fork copies; on the right it marks the frames as shared, and takes from "
        "both the right to write. At a first write a page fault splits a frame: only the right run has something "
        "there. Whoever is the last to have a frame keeps it.",
        "fork_isolation.s", settings=SMALL, compared=("copy", "cow"),
        scenes=(
            Scene("the fork", "fork"), Scene("three first writes have split three frames", "block"),
            Scene("the last user keeps the frame", "wait"),
        ),
    ),
    Lesson(
        "03-on-demand", "On demand: even the page tables are shared",
        "The same program again. On the left, with copy on write, fork still makes three page tables for the child; "
        "on the right it makes a root alone and shares the others. A table of its own comes with the first write "
        "below it.",
        "fork_isolation.s", settings=SMALL, compared=("cow", "on-demand"),
        scenes=(
            Scene("the fork", "fork"), Scene("the first write", "page fault", 1),
        ),
    ),
    Lesson(
        "04-vfork", "vfork: a child in its parent's memory",
        "A vfork changes nothing in physical memory: both are in one address space, and the parent is suspended. "
        "The child makes a word of the balance, digit by digit, and uses the number up. "
        "When the parent goes on, its own money is gone.",
        "c/vfork_balance.c", settings={"memory": "1M"},
        scenes=(
            Scene("the vfork", "vfork"), Scene("the exec: what the child has done to its parent", "resume"),
            Scene("the money is gone", "output", -1),
        ),
    ),
    Lesson(
        "05-exec", "exec throws the copy away",
        "The same bank; on the left its vfork is a fork. The child gets tables and copies of its own, and a thousand "
        "instructions later exec throws them away. On the right nothing was copied, and nothing is given up. "
        "In the end the runs go different ways: only on the left is the money there.",
        "c/vfork_balance.c", settings={"memory": "1M"}, compared=("vfork-as-fork", "vfork"),
        scenes=(
            Scene("the fork, beside the vfork", "vfork"), Scene("the exec", "exec"),
            Scene("the two endings", "exit", -1),
        ),
    ),
    Lesson(
        "06-pipeline", "A pipeline of the shell",
        "The shell makes a process for each of the three programs, with a pipe between neighbours. "
        "tr and cat are blocked until there is something to read: an arrow goes from who writes to who wakes. "
        "The shell waits until the last one has ended.",
        "c/sh.c", ("-c", "/bin/echo one two three | tr o 0 | cat"), {"memory": "4M", "quantum": "2000"},
        scenes=(
            Scene("the third fork", "fork", -1), Scene("echo writes, and tr wakes", "pipe"),
            Scene("cat writes", "output"),
        ),
    ),
    Lesson(
        "07-zombie-orphan", "Zombies and orphans",
        "Process 3 ends before its child. From then on it is a zombie, without memory, until its parent collects it. "
        "Its child, process 4, is an orphan now: it has process 1 as its parent, which collects it in the end.",
        "c/orphan.c", settings={"memory": "1M"},
        scenes=(
            Scene("process 3 is a zombie", "exit", process=3), Scene("process 1 collects the orphan", "wait"),
            Scene("the zombie is collected", "wait", 1),
        ),
    ),
    Lesson(
        "08-signal", "Five signals, one handler",
        "Five children end, and each time the kernel sends the parent SIGCHLD. Signals of one kind do not queue: "
        "there are five arrows, and the handler runs once. So it collects in a loop until no child is left.",
        "c/sigchld.c", settings={"memory": "2M"},
        scenes=(
            Scene("the first SIGCHLD", "signal"), Scene("the fifth", "signal", 4), Scene("the handler", "handler"),
        ),
    ),
    Lesson(
        "09-threads", "Threads, and a lock that sleeps",
        "clone makes a second line, and no frame: both threads are in one address space. The lock is one word of it. "
        "Who finds it held is blocked on that word; an arrow comes from the one that gives the lock back.",
        "futex_lock.s", settings=SMALL,
        scenes=(
            Scene("the second thread", "clone"), Scene("it finds the lock held", "block"), Scene("it is woken", "wake"),
        ),
    ),
    Lesson(
        "10-deadlock", "A deadlock: everybody waits for a neighbour",
        "Five philosophers take the fork on their left, and then each wants the one on the right. "
        "One line after the other is blocked, and none goes on. At the end nobody can ever run, and the machine "
        "says so.",
        "c/philosophers.c", ("deadlock",), {"memory": "2M"},
        scenes=(
            Scene("the fifth thread", "clone", -1), Scene("the last one is blocked", "block", -1),
        ),
    ),
)  # fmt: skip
"""The ten films, in the order of the lecture."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fdfdfb; --line: #c9c9c4; --accent: #0b57d0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e3; --paper: #17181b; --line: #4a4c52; --accent: #8ab4f8 }
}
body { margin: 2rem auto; padding: 0 1.25rem; max-width: 50rem; font: 1.1rem/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--paper) }
h1 { font-size: 1.7rem; line-height: 1.2 }
ol { list-style: none; padding: 0 }
ol > li { border-top: 1px solid var(--line); padding: 1rem 0 }
h2 { font-size: 1.2rem; margin: 0 }
a { color: var(--accent) }
p { margin: .4rem 0 }
code { font: .85em/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
ul { margin: .4rem 0; padding-left: 1.2rem }
small { opacity: .75; white-space: nowrap }
"""


def index(made: Sequence[tuple[Lesson, int, Sequence[str]]]) -> str:
    """Return the page that leads to these films, in HTML.

    With each stand the size of its file in bytes, and the addresses of its scenes.
    """
    items = "\n".join(_item(*each) for each in made)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Processes and frames: {len(made)} films</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Processes and frames: {len(made)} films</h1>\n"
        "<p>Each is one page that needs no network. The arrow keys step through it, the space bar plays, ? tells the "
        f"other keys.</p>\n<ol>\n{items}\n</ol>\n</body>\n</html>\n"
    )


def _item(lesson: Lesson, size: int, addresses: Sequence[str]) -> str:
    name, title, caption, command = (
        html.escape(text)
        for text in (lesson.name, lesson.title, lesson.caption, shlex.join(["forklore", "film", *lesson.words]))
    )
    scenes = "".join(
        f'<li><a href="{html.escape(address)}">{html.escape(scene.words)}</a></li>\n'
        for scene, address in zip(lesson.scenes, addresses, strict=True)
    )
    return (
        f'<li>\n<h2><a href="{name}.html">{title}</a></h2>\n<p>{caption}</p>\n<ul>\n{scenes}</ul>\n'
        f"<p><code>{command}</code> <small>{quantities.size(size)}</small></p>\n</li>"
    )
