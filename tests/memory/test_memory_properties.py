"""Random operations on random spaces against a model that keeps bytes in dictionaries; frames balance at every step."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.accounting import check, snapshot
from tests.memory.images import image_of
from vm.abi import PAGE_SIZE, STACK_TOP, Protection
from vm.memory import AddressSpace, BadAddress, OutOfMemory, PhysicalMemory
from vm.memory.strategies import copy, share

FRAMES = 60
R, W, X = Protection.READ, Protection.WRITE, Protection.EXEC
PROTECTIONS = [R, R | W, R | X, W, X, Protection.NONE, R | W]
PLACES = [0x0000_1000, 0x0000_3000, 0x003F_E000, 0x0040_0000, 0x0041_0000, 0x1000_0000]
HEAP, FLOOR = 0x2000_0000, STACK_TOP - 12 * PAGE_SIZE


@dataclass
class Page:
    """What the model knows of a page; ``content`` as written so far."""

    protection: Protection
    content: bytearray = field(default_factory=lambda: bytearray(PAGE_SIZE))


@dataclass
class Model:
    """A space as a dictionary of pages."""

    space: AddressSpace
    pages: dict[int, Page]
    users: int = 1

    def allows(self, address: int, access: Protection) -> bool:
        page = self.pages.get(address // PAGE_SIZE * PAGE_SIZE)
        if page is None:
            return False
        if access == R:
            return bool(page.protection & (R | W))
        return bool(page.protection & access)

    def grow_stack(self, address: int) -> None:
        """Touching the room below the stack maps everything from there up to it."""
        if FLOOR <= address < STACK_TOP and STACK_TOP - PAGE_SIZE in self.pages:
            for page in range(address // PAGE_SIZE * PAGE_SIZE, STACK_TOP, PAGE_SIZE):
                self.pages.setdefault(page, Page(R | W))


class Spaces(RuleBasedStateMachine):
    """Several spaces over one small memory, so that it is often exhausted."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = PhysicalMemory(FRAMES * PAGE_SIZE)
        self.models: list[Model] = []

    def pick(self, number: int) -> Model:
        return self.models[number % len(self.models)]

    def refused(self, model: Model, before: str, asked: int) -> None:
        """A refusal changed nothing, and was right: that many frames are not to be had."""
        assert snapshot(model.space) == before
        assert self.memory.committed + asked > self.memory.count

    @rule()
    def new_space(self) -> None:
        try:
            space = AddressSpace(self.memory)
        except OutOfMemory:
            assert self.memory.committed == self.memory.count
            return
        space.heap_start = space.brk = HEAP
        self.models.append(Model(space, {}))

    @precondition(lambda self: self.models)
    @rule(
        n=st.integers(0, 9), place=st.sampled_from(PLACES), pages=st.integers(1, 6), kind=st.sampled_from(PROTECTIONS)
    )
    def map(self, n: int, place: int, pages: int, kind: Protection) -> None:
        model = self.pick(n)
        before, end = snapshot(model.space), place + pages * PAGE_SIZE
        try:
            model.space.map(place, end, kind, "mapping")
        except ValueError:
            assert any(page in model.pages for page in range(place, end, PAGE_SIZE))
        except OutOfMemory:
            self.refused(model, before, pages + 2)
        else:
            assert not any(page in model.pages for page in range(place, end, PAGE_SIZE))
            model.pages.update({page: Page(kind) for page in range(place, end, PAGE_SIZE)})

    @precondition(lambda self: self.models)
    @rule(
        n=st.integers(0, 9),
        place=st.sampled_from(PLACES),
        pages=st.integers(1, 4),
        kind=st.sampled_from([R, R | W, R | X]),
    )
    def map_image(self, n: int, place: int, pages: int, kind: Protection) -> None:
        model = self.pick(n)
        before, end = snapshot(model.space), place + pages * PAGE_SIZE
        try:
            model.space.map_image(place, end, kind, "image", image_of(end - place))
        except ValueError:
            assert any(page in model.pages for page in range(place, end, PAGE_SIZE))
        except OutOfMemory:
            self.refused(model, before, pages + 2)
        else:
            content = bytes([place >> 12 & 0xFF, pages]) * (pages * PAGE_SIZE // 2)
            model.space.load(place, content)
            for page in range(place, end, PAGE_SIZE):
                model.pages[page] = Page(kind, bytearray(content[page - place :][:PAGE_SIZE]))

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9))
    def map_stack(self, n: int) -> None:
        model = self.pick(n)
        if model.space.named("stack"):
            return
        before = snapshot(model.space)
        try:
            model.space.map(STACK_TOP - PAGE_SIZE, STACK_TOP, R | W, "stack", floor=FLOOR)
        except OutOfMemory:
            self.refused(model, before, 2)
        else:
            model.pages[STACK_TOP - PAGE_SIZE] = Page(R | W)

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9), which=st.integers(0, 9))
    def unmap(self, n: int, which: int) -> None:
        model = self.pick(n)
        segments = [segment for segment in model.space.segments if segment.name in ("mapping", "image")]
        if not segments:
            return
        segment = segments[which % len(segments)]
        model.space.unmap(segment.start, segment.end)
        for page in range(segment.start, segment.end, PAGE_SIZE):
            del model.pages[page]

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9), which=st.integers(0, 9), kind=st.sampled_from([*PROTECTIONS, W | X]))
    def protect(self, n: int, which: int, kind: Protection) -> None:
        model = self.pick(n)
        segments = [segment for segment in model.space.segments if segment.name != "stack"]
        if not segments:
            return
        segment, before = segments[which % len(segments)], snapshot(model.space)
        try:
            model.space.protect(segment.start, segment.end, kind)
        except ValueError:
            assert kind & W
            assert kind & X
        except OutOfMemory:
            self.refused(model, before, segment.pages)
        else:
            for page in range(segment.start, segment.end, PAGE_SIZE):
                model.pages[page].protection = kind

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9), size=st.integers(0, 8 * PAGE_SIZE))
    def brk(self, n: int, size: int) -> None:
        model = self.pick(n)
        space, before = model.space, snapshot(model.space)
        heap = space.named("heap")
        kind = heap.protection if heap else R | W
        try:
            space.set_brk(HEAP + size)
        except OutOfMemory:
            self.refused(model, before, 10)
            return
        end = HEAP + -(-size // PAGE_SIZE) * PAGE_SIZE
        for page in [page for page in model.pages if end <= page < HEAP + 16 * PAGE_SIZE and page >= HEAP]:
            del model.pages[page]
        for page in range(HEAP, end, PAGE_SIZE):
            model.pages.setdefault(page, Page(kind))

    @precondition(lambda self: self.models)
    @rule(
        n=st.integers(0, 9),
        place=st.sampled_from([*PLACES, HEAP, FLOOR, STACK_TOP - 3 * PAGE_SIZE, STACK_TOP - PAGE_SIZE, 0, STACK_TOP]),
        offset=st.integers(-20, 3 * PAGE_SIZE),
        data=st.binary(min_size=1, max_size=40),
    )
    def write(self, n: int, place: int, offset: int, data: bytes) -> None:
        model = self.pick(n)
        address = (place + offset) & 0xFFFF_FFFF
        try:
            model.space.write(address, data)
            written = len(data)
        except BadAddress as error:
            written = error.address - address
        for index in range(written + (written < len(data))):
            at = (address + index) & 0xFFFF_FFFF
            may_grow = self.memory.committed < self.memory.count or index < written
            if not model.allows(at, W) and may_grow and model.space.find(at) is not None:
                model.grow_stack(at)
            if index < written:
                assert model.allows(at, W)
                model.pages[at // PAGE_SIZE * PAGE_SIZE].content[at % PAGE_SIZE] = data[index]
            else:
                assert not model.allows(at, W)

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9))
    def fork(self, n: int) -> None:
        model = self.pick(n)
        before = snapshot(model.space)
        try:
            child, costs = copy(model.space)
        except OutOfMemory:
            self.refused(model, before, model.space.charge)
            return
        assert snapshot(model.space) == before
        assert child is not model.space
        assert costs.frames == costs.copied + costs.tables
        pages = {at: Page(page.protection, bytearray(page.content)) for at, page in model.pages.items()}
        self.models.append(Model(child, pages))

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9))
    def vfork(self, n: int) -> None:
        model = self.pick(n)
        used = self.memory.used
        space, _ = share(model.space)
        assert space is model.space
        assert self.memory.used == used
        model.users += 1

    @precondition(lambda self: self.models)
    @rule(n=st.integers(0, 9))
    def release(self, n: int) -> None:
        model = self.pick(n)
        in_vain = model.space.release()
        model.users -= 1
        assert (in_vain is None) is (model.users > 0)
        if model.users == 0:
            self.models.remove(model)

    @invariant()
    def frames_balance(self) -> None:
        check(self.memory, [model.space for model in self.models])
        if not self.models:
            assert self.memory.used == self.memory.committed == 0

    @invariant()
    def memory_is_what_the_model_says(self) -> None:
        for model in self.models:
            assert set(model.pages) == {
                page for segment in model.space.segments for page in range(segment.start, segment.end, PAGE_SIZE)
            }
            for at, page in model.pages.items():
                found = model.space.peek(at, PAGE_SIZE)
                assert found == (page.content if found else b"")
                if not found:
                    assert not any(page.content)


TestSpaces = pytest.mark.usefixtures("frames_balance")(Spaces.TestCase)
TestSpaces.settings = settings(
    max_examples=8,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.full
class TestMoreSpaces(Spaces.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=600, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
    )
