"""Words for steps, links and ends of runs, as sentences about them use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from vm.outcomes.chains import Chain
from vm.outcomes.orders import Step
from vm.text import printable, shortened
from vm.values import dataclass

_LONGEST = 40
"""Letters of a piece of output that are shown."""
_LISTED = 3
"""Lines that are listed where one is enough."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step was made, in the program's source: ``code`` is the text of the line, empty if it is not there.

    Where the line is not known it is 0, and ``function`` says where it was.
    """

    file: str
    line: int
    code: str = ""
    function: str = ""


class Wording:
    """Names steps by their lines: ``place`` gives the place of a step, None where it is unknown.

    ``named`` are the places that were named.
    """

    def __init__(self, steps: Iterable[Step], place: Callable[[Step], Place | None]) -> None:
        self.named: dict[Place, None] = {}
        self._places = {(step.image, step.pc): place(step) for step in steps}
        self._has_images = len({image for image, _ in self._places}) > 1
        self._has_files = len({found.file for found in self._places.values() if found is not None and found.line}) > 1

    def line(self, step: Step) -> str:
        """``line 9``; ``list.c:9`` where there are several files; without lines ``the write in exit``."""
        place = self._places[step.image, step.pc]
        if place is None or not place.line:
            where = f"at {step.pc:#x}" if place is None else f"in {printable(place.function)}"
            program = f" of {printable(step.image.rpartition('/')[-1])}" if self._has_images else ""
            return f"the {printable(step.call)} {where}{program}"
        self.named[place] = None
        return f"{printable(place.file)}:{place.line}" if self._has_files else f"line {place.line}"

    def lines(self, steps: Sequence[Step]) -> str:
        """``line 9``, ``lines 9, 12 and 14``; at most a few of them."""
        names = list(dict.fromkeys(self.line(step) for step in sorted(steps, key=self._rank)))
        if len(names) > 1 and all(name.startswith("line ") for name in names):
            names = ["lines " + names[0][5:], *(name[5:] for name in names[1:])]
        more = len(names) - _LISTED
        names = [*names[:_LISTED], f"{more} more"] if more > 0 else names
        return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)

    def writing(self, steps: Sequence[Step]) -> str:
        """``line 9 writes``, ``lines 9 and 12 write``."""
        lines = self.lines(steps)
        return f"{lines} write{'' if ' and ' in lines else 's'}"

    def _rank(self, step: Step) -> tuple[str, int]:
        place = self._places[step.image, step.pc]
        return (place.file, place.line) if place is not None else ("", step.pc)

    def chain(self, chain: Chain, stream: str) -> str:
        """Why the last step of a chain, which writes to ``stream``, cannot come before the first, which does, too.

        Without ``stream`` each is told with its own.
        """
        first, last = written_by(chain.first, stream), written_by(chain.last, stream)
        told, then = f"{self.line(chain.first)} writes {first}", f"{self.line(chain.last)} writes {last}"
        pairs = zip(chain.steps, chain.steps[1:], chain.whys, strict=False)
        links = [(earlier, later, why) for earlier, later, why in pairs if why != "own"]
        if not links:
            return f"{told} before {then}, in the same process"
        if [why for _, _, why in links] == ["exit"]:
            told = f"{self.line(links[0][1])} waits for the end of the process that writes {first} in "
            told += self.line(chain.first)
        else:
            at, was_born = chain.first, False
            for number, (earlier, later, why) in enumerate(links):
                told += self._joint(number, earlier, at, was_born) + self._verb(earlier, later, why)
                at, was_born = later, why == "birth"
            if was_born:
                return f"{told} writes {last}"
        return told + (f", which writes {last}" if links[-1][1] == chain.last else f", and only then {then}")

    def _joint(self, number: int, earlier: Step, at: Step, was_born: bool) -> str:
        """What stands before what ``earlier`` does, behind what was told ``at`` a step."""
        if was_born:
            return f" in {self.line(earlier)} "
        if earlier == at:
            return " and "
        return f"{', and only then' if number else ' before'} {self.line(earlier)} "

    def link(self, link: Chain) -> str:
        """What a chain of a single link says: ``line 10 writes what line 20 reads``."""
        return f"{self.line(link.first)} {self._verb(link.first, link.last, link.whys[0])}"

    def _verb(self, earlier: Step, later: Step, why: str) -> str:
        there = self.line(later)
        making = "starts the thread that" if earlier.pid == later.pid else "forks the process that"
        ending = "closes" if earlier.call.startswith("close") else "ends a process that could still write"
        return {
            "birth": making if earlier.call != "vfork" else "vforks the process that",
            "exit": f"ends the process that {there} waits for",
            "resumed": f"lets the parent go on with {there}",
            "data": f"writes what {there} reads",
            "full": f"makes the room that {there} needs",
            "end": f"{ending} what {there} reads to its end",
            "order": f"uses what {there} uses after it",
            "memory": f"uses memory that {there} uses after it",
            "signal": f"sends the signal that comes before {there}",
            "ahead": f"comes before the signal from {there}",
            "woken": f"wakes {there}",
            "time": f"comes before the time of {there} is up",
            "unknown": f"makes a call that {there} may depend on",
        }.get(why, f"comes before {there}")


def shown(data: bytes, most: int = _LONGEST) -> str:
    """Bytes of output as a sentence shows them, so many letters: between backticks, a line's end as ``\\n``."""
    return f"`{shortened(printable(data.decode('utf-8', 'surrogateescape')), most)}`"


def written_by(step: Step, stream: str) -> str:
    """What a step writes to ``stream``; where that is empty, what it writes, and to which."""
    data = b"".join(written.data for written in step.written if stream in ("", written.stream))
    return shown(data) if stream or not step.written else f"{shown(data)} to {step.written[0].stream}"


def any_of(names: Iterable[str]) -> str:
    """``this``, ``this or that``, ``this, that or 3 others``: each once."""
    found = list(dict.fromkeys(names))
    more = len(found) - _LISTED
    found = [*found[:_LISTED], f"{more} other{'s' if more > 1 else ''}"] if more > 0 else found
    return " or ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def ordinal(number: int) -> str:
    """``first``, ``second``, … ``21st``."""
    words = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    if number < len(words):
        return words[number]
    letters = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{letters}"


def times(count: int) -> str:
    """``never``, ``once``, ``twice``, ``3 times``."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count:,} times")
