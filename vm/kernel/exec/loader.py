"""execve: find the file, build the new address space aside, and commit in one place.

Nothing here touches the caller: whatever fails, it is as it was (execve(2)). The kernel commits what is built.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import NoReturn
from weakref import WeakSet

from vm.abi import (
    ARGUMENT_STRING_LIMIT,
    HWCAP,
    PAGE_SHIFT,
    PAGE_SIZE,
    STACK_TOP,
    Aux,
    Errno,
    Protection,
)
from vm.abi.layout import packed_words
from vm.cpu.state import PC, Context, new_context
from vm.cpu.sv32 import EXEC, WRITE
from vm.elf import ElfError, Image, LoadSegment, load_image
from vm.elf.format import MAGIC
from vm.events import Costs
from vm.isa import SP
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Access, Directory, File, Found, Tree, User
from vm.kernel.files.vfs.host import HostFile
from vm.kernel.files.vfs.inodes import ROOT
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.limits import Room
from vm.memory import AddressSpace, OutOfMemory, PhysicalMemory
from vm.memory.bounds import OutOfBounds
from vm.memory.mappings import Pulse, go_on
from vm.memory.segments import FileContent, Held, Source, name_of, page_round
from vm.memory.strategies import segment_cost
from vm.memory.tables import RESIDENT, TABLES
from vm.native.jit import working_ns
from vm.values import dataclass

LARGEST_IMAGE = 64 << 20
"""Bytes of the largest image that is loaded, with all that its file has beside what is loaded of it."""
LARGEST_SOURCE, LARGEST_WRITTEN_SOURCE = 16 << 20, 256 << 10
"""Bytes of a source that is executed, with all that it includes, and of one that a program has written."""
WARNING_LIMIT = 64 << 10
"""Letters of a warning."""
SCRIPT_DEPTH = 5
"""Scripts on the way to an image, each the interpreter of the one before it (fs/exec.c; more are ELOOP)."""
SCRIPT_LINE = 256
"""Bytes of a script's beginning that are looked at (BINPRM_BUF_SIZE)."""

IMAGES_KEPT, LARGEST_KEPT = 32 << 20, 16 << 20
"""Bytes of images that are not parsed again when they are executed again, and of the largest of them.

With what is made of it the smallest counts as two pages.
"""

STACK_KEPT_FREE = 128 << 20
"""Most bytes below STACK_TOP that are kept free for a stack whose limit is higher than the settings'."""

HELD_LIMIT = 64 << 20
"""Bytes of images that are held beside memory for MADV_DONTNEED, for all processes together.

Of others the file is read again. What was made of a source, or put together from several places, has none.
"""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source to be executed: its guest path and text, and what its builder may ask for.

    ``read`` gives the bytes of a file that it names, or raises OSError. ``host`` is the path of the very same file of
    the host's, not touched by a guest; else None. Whoever takes long calls ``pulse`` now and then, and lets what that
    raises through; ``left`` are the seconds of the host's that the run may still take, None for any number. ``warn``
    takes what people should know of a source that becomes an image all the same.
    """

    path: str
    text: bytes
    read: Callable[[str], bytes]
    host: str | None = None
    pulse: Callable[[], None] = lambda: None
    left: float | None = None
    warn: Callable[[str], None] = lambda text: None


Builder = Callable[[SourceFile], bytes]
"""Turns a source into the bytes of an ELF image; raises :class:`SourceError`."""


class SourceError(Exception):
    """A source could not be turned into an image; the text is for people."""


@dataclass(frozen=True, slots=True)
class Program:
    """What an exec asks for, after scripts have been resolved: image, the file it is in, its path, argument vector.

    ``is_source``: the image was made of what the file holds.
    """

    image: Image
    file: File
    path: str
    arguments: tuple[bytes, ...]
    is_source: bool


@dataclass(slots=True)
class NewProcessImage:
    """A complete address space with its first register values and what it cost: what exec commits.

    ``auxiliary`` is the auxiliary vector that lies on its stack.
    """

    program: Program
    space: AddressSpace
    context: Context
    costs: Costs
    auxiliary: bytes


class Loader:
    """Makes address spaces from the files of ``tree``.

    ``builders`` maps the suffix of a source (".s", ".c") to what makes an image of it: NAME stands for NAME.s, or else
    NAME.c, where NAME itself does not exist. ``reject`` is told (path, reason) of a file that cannot be executed,
    ``warn`` (path, text), what people should know of a source. What takes long calls ``pulse`` now and then, and
    lets what that raises through; ``left`` tells the seconds that the run may still take, None for any number.
    """

    def __init__(
        self,
        memory: PhysicalMemory,
        tree: Tree,
        builders: Mapping[str, Builder],
        stack_limit: int,
        reject: Callable[[str, str], None],
        pulse: Callable[[], None],
        left: Callable[[], float | None],
        warn: Callable[[str, str], None] = lambda path, text: None,
    ) -> None:
        self.memory = memory
        self.tree = tree
        self.builders = builders
        self.stack_limit = stack_limit
        self.reject = reject
        self.pulse = pulse
        self.left = left
        self.warn = warn
        self._parsed: dict[bytes, tuple[bytes, Image]] = {}
        self._held: WeakSet[Held] = WeakSet()

    def know(self, other: Loader) -> None:
        """Know what ``other`` has found out: the images of files, and what is held."""
        self._parsed.update(other._parsed)
        self._held.update(other._held)

    def find(self, path: bytes, start: Directory, who: User) -> tuple[Found, Builder | None]:
        """Return the file to execute, and the builder if it is a source. Raises SystemCallError."""
        try:
            found = self.tree.find(path, start, who)
        except SystemCallError as error:
            if error.errno != Errno.ENOENT or not path or path.endswith(b"/"):
                raise
            for suffix, builder in self.builders.items():
                try:
                    found = self.tree.find(path + suffix.encode(), start, who)
                    self._regular(found)
                    return found, builder
                except SystemCallError:
                    continue
            raise
        file = self._regular(found)
        for suffix, builder in self.builders.items():
            if found.path.endswith(suffix.encode()):
                file.demand(who, Access.READ)
                return found, builder
        if not file.permits(who, Access.EXECUTE):
            self.reject(_shown(found), _why_not_executable(found.path, file))
            raise SystemCallError(Errno.EACCES)
        if file.writers:
            self.reject(_shown(found), "somebody has it open for writing")
            raise SystemCallError(Errno.ETXTBSY)
        return found, None

    def _regular(self, found: Found) -> File:
        if not isinstance(found.inode, File):
            self.reject(_shown(found), "not a regular file")
            raise SystemCallError(Errno.EACCES)
        return found.inode

    def resolve(self, path: bytes, start: Directory, who: User, arguments: tuple[bytes, ...]) -> Program:
        """Read the image that ``path`` names, through interpreter scripts; SystemCallError."""
        script = None
        for _ in range(SCRIPT_DEPTH + 1):
            try:
                found, builder = self.find(path, start, who)
            except SystemCallError as error:
                if script is not None:
                    self.reject(_shown(script), f"its interpreter {os.fsdecode(path)!r}: {error.errno.name}")
                raise
            file = self._regular(found)
            data = self._read(found, builder, who)
            self.memory.work += len(data) >> PAGE_SHIFT
            if not data.startswith(b"#!"):
                return Program(self._parse(found, data), file, _shown(found), arguments, builder is not None)
            words = interpreter_words(data)
            if not words:
                self._unusable(found, "its first line names no interpreter")
            script = found
            arguments = (*words, path, *arguments[1:])
            path = words[0]
        raise SystemCallError(Errno.ELOOP)

    def image_file(self, path: str) -> bytes:
        """Return the bytes of the image that a process with this path runs.

        Raises SystemCallError when they are not to be had.

        They are those that were executed, if they are kept: a source is not built again, a file may have changed.
        """
        known = self._parsed.get(os.fsencode(path))
        if known is not None:
            return known[0]
        return self._read(*self.find(os.fsencode(path), self.tree.root, ROOT), ROOT)

    def _read(self, found: Found, builder: Builder | None, who: User) -> bytes:
        content = self._regular(found).content
        if builder is not None:
            return self._build(found, builder, who)
        beginning = content.read(0, SCRIPT_LINE)
        if not beginning.startswith(MAGIC):
            return beginning
        self._check_size(found, "an image", LARGEST_IMAGE)
        return content.read(0, content.size)

    def _check_size(self, found: Found, what: str, most: int) -> None:
        size = self._regular(found).content.size
        if size > most:
            self._unusable(found, f"{what} of {size:,} bytes, more than the {most:,} that are looked at")

    def _build(self, found: Found, builder: Builder, who: User) -> bytes:
        """Build the image of a source."""
        source = self._regular(found).content.untouched
        host = os.fsdecode(source.path) if isinstance(source, HostFile) else None
        room = LARGEST_WRITTEN_SOURCE if host is None else LARGEST_SOURCE
        self._check_size(found, "a source", room)

        def contents(file: File) -> bytes:
            nonlocal room
            if file.content.size > room:
                raise SystemCallError(Errno.EFBIG)
            room -= file.content.size
            return file.content.read(0, file.content.size)

        def read(name: str) -> bytes:
            try:
                folder = self.tree.directory(os.path.dirname(found.path), self.tree.root, who)
                file = self._regular(self.tree.find(os.fsencode(name), folder, who))
                file.demand(who, Access.READ)
                return contents(file)
            except SystemCallError as error:
                raise OSError(error.errno, error.errno.name) from None

        text = contents(self._regular(found))
        if host is not None and os.path.splitext(host)[1] != os.path.splitext(_shown(found))[1]:
            host = None  # a guest's name for it decides how it is read

        def warn(said: str) -> None:
            self.warn(_shown(found), said[:WARNING_LIMIT])

        try:
            return builder(SourceFile(_shown(found), text, read, host, self.pulse, self.left(), warn))
        except SourceError as error:
            self._unusable(found, str(error))

    def _parse(self, found: Found, data: bytes) -> Image:
        """Return the image that ``data`` holds.

        Of the last few files it is kept, for as long as their bytes are the same.
        """
        known = self._parsed.get(found.path)
        if known is not None and known[0] == data:
            return known[1]
        try:
            image = load_image(data)
        except ElfError as error:
            self._unusable(found, str(error) if data.startswith(MAGIC) else f"not an ELF file; {_names(found.path)}")
        if len(data) <= LARGEST_KEPT:
            sizes = (max(len(kept), 2 * PAGE_SIZE) for kept, _ in self._parsed.values())
            if len(data) + sum(sizes) > IMAGES_KEPT:
                self._parsed.clear()
            self._parsed[found.path] = data, image
        return image

    def _unusable(self, found: Found, reason: str) -> NoReturn:
        self.reject(_shown(found), reason)
        raise SystemCallError(Errno.ENOEXEC)

    def build(
        self, program: Program, environment: tuple[bytes, ...], who: Credentials, random: bytes, room: Room
    ) -> NewProcessImage:
        """Build a complete new address space. Raises SystemCallError(E2BIG or ENOMEM), OutOfBounds beyond ``room``.

        Whatever is raised leaves no trace.

        ``who`` it will be, ``random`` are the 16 bytes that AT_RANDOM points to.
        """
        begin = working_ns()
        strings = [*program.arguments, *environment]
        size = sum(len(string) + 1 + 4 for string in strings)
        if size > room.arguments or any(len(string) >= ARGUMENT_STRING_LIMIT for string in strings):
            raise SystemCallError(Errno.E2BIG)
        try:
            space = AddressSpace(self.memory)
            space.bounds = room.bounds
            try:
                pages = load_segments(space, program.image, partial(self._content, program), self.pulse)
                initial = initial_stack(program, environment, who, random)
                context = self._make_stack(space, room, initial)
                context[PC] = program.image.entry
            except BaseException:  # the end of the run's time among them
                space.destroy()
                raise
        except OutOfBounds:
            raise
        except OutOfMemory:
            raise SystemCallError(Errno.ENOMEM) from None
        resident, tables = int(space.tally[RESIDENT]), int(space.tally[TABLES])
        of_stack = resident - sum(pages.values())
        segments = tuple(segment_cost(it, copied=pages.get(it.start, of_stack)) for it in space.segments)
        # Every frame but the root is written into one entry.
        costs = Costs(segments, resident + tables + 1, tables + 1, resident + tables, working_ns() - begin)
        return NewProcessImage(program, space, context, costs, initial.auxiliary)

    def _content(self, program: Program, segment: LoadSegment) -> FileContent:
        """Return what a segment's pages are made of, whenever they are.

        Raises OutOfMemory where too much would be held for that.

        As long as a program runs its file does not change.
        """
        size = len(segment.data)
        known = {id(held.data): len(held.data) for held in self._held}
        known[id(segment.data)] = size
        if sum(known.values()) <= HELD_LIMIT:
            held = Held(segment.data)
            self._held.add(held)
            return image_content(program.path, segment, held)
        if program.is_source or segment.offset is None:
            raise OutOfMemory(f"more than {HELD_LIMIT >> 20} MiB of images")
        return image_content(program.path, segment, program.file.content, segment.offset)

    def _make_stack(self, space: AddressSpace, room: Room, initial: InitialStack) -> Context:
        """Map the stack with what the program finds on it; the registers to start with.

        The settings' room is kept for it even where its limit is lower, which may be raised later.
        """
        content, pointer = initial.content, initial.pointer
        low = max((pointer - PAGE_SIZE) & -PAGE_SIZE, STACK_TOP - (room.stack & -PAGE_SIZE))
        if low > pointer:
            if room.bounds is None or initial.strings > max(room.stack, PAGE_SIZE):
                raise SystemCallError(Errno.E2BIG)
            raise OutOfBounds("no room for what a program finds on its stack")
        floor = STACK_TOP - max(self.stack_limit, min(room.stack & -PAGE_SIZE, STACK_KEPT_FREE))
        space.map(low, STACK_TOP, Protection.READ | Protection.WRITE, "stack", floor=floor)
        space.write(pointer, content)
        context = new_context()
        context[SP] = pointer
        return context


def interpreter_words(data: bytes) -> tuple[bytes, ...]:
    """Return the interpreter of a script and its one argument, if there is one; empty when no name can be read.

    As fs/binfmt_script.c has it: only spaces and tabs part words, and a line is cut where the look at the file ends,
    but not in the middle of the interpreter's name.
    """
    beginning = data[:SCRIPT_LINE].ljust(SCRIPT_LINE, b"\0")
    line, newline, _ = beginning[2:].partition(b"\n")
    if not newline:
        line = line[:-1]
        if not re.search(rb"[ \t\0]", line.lstrip(b" \t")):
            return ()
    parts = re.split(rb"[ \t]+|\0.*", line.strip(b" \t"), maxsplit=1, flags=re.DOTALL)
    return tuple(part.split(b"\0")[0] for part in parts if part)


def _why_not_executable(path: bytes, file: File) -> str:
    """Return what keeps a file without permission to be executed from running: that alone, or what it is."""
    beginning = b""
    with suppress(SystemCallError):
        beginning = file.content.read(0, len(MAGIC))
    if not beginning or beginning.startswith((MAGIC, b"#!")):
        return "it is not executable (chmod +x makes it so)"
    return f"neither an image nor, by its name, a source; {_names(path)}"


def _names(path: bytes) -> str:
    """Tell how sources are named, of a file that seems to be one."""
    if os.path.splitext(path)[1] in _CXX:
        return "C++ is not compiled here, C in files named .c is"
    return "assembly is named .s, .S or .asm, and C .c"


_CXX = (b".cpp", b".cc", b".cxx", b".c++", b".C")


def _shown(found: Found) -> str:
    """Return the guest's path of a file, for people and for AT_EXECFN."""
    return os.fsdecode(found.path)


def image_content(path: str, segment: LoadSegment, source: Source, start: int = 0) -> FileContent:
    """Return a segment's data, which ``source`` has from its byte ``start`` on, as that of the file ``path``."""
    shown = name_of(os.fsencode(path))
    return FileContent(shown, source, len(segment.data), segment.vaddr % PAGE_SIZE, start, is_image=True)


def load_segments(
    space: AddressSpace, image: Image, content: Callable[[LoadSegment], FileContent], pulse: Pulse = go_on
) -> dict[int, int]:
    """Map the segments of ``image``, filled with their ``content``; the heap begins behind the last. OutOfMemory.

    Returns how many pages of each have got a frame, by where it begins. ``pulse`` is called now and then; what it
    raises ends that.
    """
    pages = {}
    for segment in image.segments:
        start, end = segment.vaddr & -PAGE_SIZE, page_round(segment.vaddr + segment.memsz)
        protection = int(segment.protection)
        if protection & WRITE:
            name = "data"
        else:
            name = "code" if protection & EXEC else "rodata"
        pages[start] = space.map_image(start, end, segment.protection, name, content(segment), pulse)
        space.heap_start = space.brk = end
    return pages


@dataclass(frozen=True, slots=True)
class InitialStack:
    """What a new program finds from its stack ``pointer`` up to the top; ``strings`` are the last bytes of that.

    ``auxiliary`` is the auxiliary vector among it, to its AT_NULL.
    """

    content: bytes
    pointer: int
    strings: int
    auxiliary: bytes


def initial_stack(program: Program, environment: tuple[bytes, ...], who: Credentials, random: bytes) -> InitialStack:
    """Lay out what a new program finds from its stack pointer up to the top.

    From low to high: argc, argv and a null, envp and a null, the auxiliary vector, padding, the random bytes, the
    strings, the file's name, a null word (Linux, ``fs/binfmt_elf.c``; the stack pointer is 16-byte aligned).
    """
    image = program.image
    name = os.fsencode(program.path) + b"\0"
    strings = [string + b"\0" for string in (*program.arguments, *environment)]
    top = STACK_TOP - 4
    name_at = top - len(name)
    strings_at = name_at - sum(map(len, strings))
    random_at = (strings_at - 16) & -16
    addresses = []
    at = strings_at
    for string in strings:
        addresses.append(at)
        at += len(string)
    auxiliary = [
        (Aux.AT_HWCAP, HWCAP), (Aux.AT_PAGESZ, PAGE_SIZE), (Aux.AT_CLKTCK, 100),
        (Aux.AT_PHDR, image.phdr_address), (Aux.AT_PHENT, image.phentsize),
        (Aux.AT_PHNUM, image.phnum if image.phdr_address else 0),
        (Aux.AT_BASE, 0), (Aux.AT_FLAGS, 0), (Aux.AT_ENTRY, image.entry),
        (Aux.AT_UID, who.uid), (Aux.AT_EUID, who.euid), (Aux.AT_GID, who.gid), (Aux.AT_EGID, who.egid),
        (Aux.AT_SECURE, 0),
        (Aux.AT_RANDOM, random_at), (Aux.AT_EXECFN, name_at), (Aux.AT_NULL, 0),
    ]  # fmt: skip
    count = len(program.arguments)
    vector = packed_words(*(word for pair in auxiliary for word in pair))
    content = packed_words(count, *addresses[:count], 0, *addresses[count:], 0) + vector
    pointer = (random_at - len(content)) & -16
    content = content.ljust(random_at - pointer, b"\0") + random
    content = content.ljust(strings_at - pointer, b"\0") + b"".join(strings) + name
    return InitialStack(content.ljust(STACK_TOP - pointer, b"\0"), pointer, STACK_TOP - strings_at, vector)
