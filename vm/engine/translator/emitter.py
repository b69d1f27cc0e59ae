"""From a region to LLVM IR: one function, which leaves by tail calls alone.

``void (ptr state, i64 budget, i32 pc, i32 ra, i32 sp, i32 a0, i32 a1)``, calling convention preserve_nonecc. The state
block (:mod:`vm.engine.translator.layout`) holds every other register on entry, and on leaving those that may have been
written. ``budget`` is counted down where paths join and where the region is left, and checked on entry and at the head
of every loop, so that no check fails in between.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vm.cpu import interpreter as op
from vm.cpu import sv32
from vm.cpu.guards import FILTER, FILTER_SIZE
from vm.cpu.state import CHANGES, READS, SINK, WRITES
from vm.engine.translator import layout
from vm.engine.translator.pointers import NEAR, carried, moves_little
from vm.engine.translator.regions import (
    BRANCHES,
    LEFT_TO_INTERPRETER,
    Block,
    CodeReader,
    Micro,
    Region,
    writes,
)
from vm.engine.translator.ssa import Function, Node, Variable

IN_ARGUMENTS = {1: "%ra", 2: "%sp", 10: "%a0", 11: "%a1"}
"""Registers handed from region to region as arguments."""
BUDGET: Variable = 64
RAM: Variable = 65
"""Pointer to physical memory on the host."""

PAGES: dict[bool, int] = {False: 96, True: 160}
"""For each register, the page that was last accessed off it: of loads and, a store's if True, of stores."""
HOSTS: dict[bool, int] = {False: 128, True: 192}
"""Behind PAGES, what an address on that page is added to on the host."""
TYPES = {BUDGET: "i64", **dict.fromkeys((base + register for base in HOSTS.values() for register in range(32)), "ptr")}
NO_PAGE = "2048"
"""What no address equals whose bits between alignment and page have been cleared."""
LIKELY, UNLIKELY, AGAIN = ", !prof !0", ", !prof !1", ", !prof !2"
METADATA = "".join(
    f'!{number} = !{{!"branch_weights", i32 {taken}, i32 {not_taken}}}\n'
    for number, (taken, not_taken) in enumerate(((4000, 1), (1, 4000), (60, 1)))
)
"""AGAIN is for a branch back: LLVM does not see the inner of two loops when a region is entered in it."""
PARAMETERS = "ptr %state, i64 %budget, i32 %pc, i32 %ra, i32 %sp, i32 %a0, i32 %a1"
ADDRESS_MASK = 0xFFFF_FFFF
TLB_INDEX = 2 * (sv32.LARGE_TLB - 1)
"""Mask of ``address >> 11``: the TLB in a state block is a large one."""

BINARY = {
    op.ADD: "add", op.SUB: "sub", op.XOR: "xor", op.OR: "or", op.AND: "and", op.MUL: "mul",
    op.ADDI: "add", op.XORI: "xor", op.ORI: "or", op.ANDI: "and",
}  # fmt: skip
SHIFTS = {
    op.SLL: "shl", op.SRL: "lshr", op.SRA: "ashr", op.SLLI: "shl", op.SRLI: "lshr", op.SRAI: "ashr",
}  # fmt: skip
COMPARISONS = {
    op.BEQ: "eq", op.BNE: "ne", op.BLT: "slt", op.BGE: "sge", op.BLTU: "ult", op.BGEU: "uge",
    op.SLT: "slt", op.SLTU: "ult", op.SLTI: "slt", op.SLTIU: "ult",
}  # fmt: skip
HIGH_PRODUCTS = {op.MULH: ("sext", "sext"), op.MULHSU: ("sext", "zext"), op.MULHU: ("zext", "zext")}
DIVISIONS = {op.DIV: "sdiv", op.DIVU: "udiv", op.REM: "srem", op.REMU: "urem"}
LOADS = {op.LB: (1, "sext"), op.LH: (2, "sext"), op.LW: (4, ""), op.LBU: (1, "zext"), op.LHU: (2, "zext")}
IMMEDIATES = frozenset(range(op.ADDI, op.SRAI + 1))
STORES = {op.SB: 1, op.SH: 2, op.SW: 4}


def literal(value: int) -> str:
    """A 32-bit pattern as an LLVM constant."""
    return str((value & ADDRESS_MASK ^ 0x8000_0000) - 0x8000_0000)


def symbol(address: int) -> str:
    """The name of the link to the translation at ``address``."""
    return f"link_{address:08x}"


class Emitter:
    """Writes the function of one region; :meth:`module` is the result.

    It ``looks`` at these kinds of accesses, and leaves before one that may meet a guard of the state block's.
    """

    def __init__(self, region: Region, read: CodeReader, looks: int = 0) -> None:
        self.region = region
        self.looks = looks
        self.read_code = read
        self.links: set[int] = set()
        self.carried = carried(region)
        written = {BUDGET}.union(*({micro.rd for micro in block.micros} for block in region.blocks.values()))
        for register, store in self.carried:
            written |= {PAGES[store] + register, HOSTS[store] + register}
        self.function = Function(self._initial, TYPES, written)
        self.entry = Node("entry")
        self.entry.filled = self.entry.sealed = True
        self.nodes: dict[int, Node] = {}
        self.dirty = self._may_be_written()
        # What the block being written has counted so far, and which registers may differ from the state block.
        self.node = self.entry
        self.pending = 0
        self.written = 0
        self._pending_at_end: dict[int, int] = {}

    # --- the frame of the function --------------------------------------------------------------------------------

    def module(self, name: str) -> str:
        """A module with the function ``name``."""
        nodes = self._make_nodes()
        for block in self.region.blocks.values():
            node = self.nodes[block.start]
            self._block(block, node)
            node.filled = True
            for target in block.successors:
                self.function.seal_if_complete(self.nodes[target])
        self.entry.lines.append((f"br label %{self.nodes[self.region.entry].first}",))
        body = self.function.render([self.entry, *nodes])
        externals = "".join(f"@{symbol(link)} = external dso_local global i8\n" for link in sorted(self.links))
        return (
            f"{externals}define preserve_nonecc void @{name}({PARAMETERS}) nounwind noimplicitfloat {{\n{body}\n}}\n"
            + METADATA
        )

    def _make_nodes(self) -> list[Node]:
        blocks = self.region.blocks
        for start in blocks:
            self.nodes[start] = Node(f"x{start:08x}")
        self.nodes[self.region.entry].predecessors.append(self.entry)
        for start, block in blocks.items():
            for target in block.successors:
                self.nodes[target].predecessors.append(self.nodes[start])
        return list(self.nodes.values())

    def _may_be_written(self) -> dict[int, int]:
        """For each block the registers that may have been written on a way to it, as a bit mask."""
        blocks = self.region.blocks
        before = dict.fromkeys(blocks, 0)
        own = dict.fromkeys(blocks, 0)
        for start, block in blocks.items():
            for micro in block.micros:
                own[start] |= writes(micro)
        changed = True
        while changed:
            changed = False
            for start, block in blocks.items():
                after = before[start] | own[start]
                for target in block.successors:
                    if after & ~before[target]:
                        before[target] |= after
                        changed = True
        return before

    def _initial(self, variable: Variable) -> str:
        """The value of a variable on entry."""
        if variable == BUDGET:
            return "%budget"
        if variable in IN_ARGUMENTS:
            return IN_ARGUMENTS[variable]
        if variable > RAM:
            return "null" if variable in TYPES else NO_PAGE
        value, pointer = self.function.name(), self.function.name()
        kind, offset = ("ptr", 8 * layout.RAM) if variable == RAM else ("i32", 8 * layout.REGISTERS + 4 * variable)
        self.entry.lines.append((f"{pointer} = getelementptr i8, ptr %state, i64 {offset}",))
        self.entry.lines.append((f"{value} = load {kind}, ptr {pointer}",))
        return value

    # --- small things ---------------------------------------------------------------------------------------------

    def emit(self, text: str, *operands: str) -> str:
        """Add an instruction that makes a value; returns its name."""
        name = self.function.name()
        self.node.lines.append((f"{name} = {text}", *operands))
        return name

    def effect(self, text: str, *operands: str) -> None:
        """Add an instruction that makes no value."""
        self.node.lines.append((text, *operands))

    def begin(self, label: str) -> None:
        """Go on under a new label, in the same node."""
        self.node.lines.append((f"{label}:",))
        self.node.label = label

    def get(self, register: int) -> str:
        """The value of a guest register."""
        return "0" if register == 0 else self.function.read(register, self.node)

    def put(self, register: int, value: str) -> None:
        """Write a guest register."""
        if register != SINK:
            self.function.write(register, self.node, value)
            self.written |= 1 << register

    def budget(self, extra: int = 0) -> str:
        """The instructions left after those counted so far and ``extra`` more."""
        value = self.function.read(BUDGET, self.node)
        count = self.pending + extra
        return self.emit(f"sub i64 {{}}, {count}", value) if count else value

    # --- leaving --------------------------------------------------------------------------------------------------

    def _leave(self, where: str, address: int, extra: int) -> None:
        """Tail-call the function whose pointer is in ``where`` of the state block, with ``address`` as pc."""
        self._spill()
        left = self.budget(extra)
        function = self.emit("load ptr, ptr {}", self.emit(f"getelementptr i8, ptr %state, i64 {where}"))
        self._tail_call(function, left, literal(address))

    def _tail_call(self, function: str, left: str, address: str) -> None:
        ra, sp, a0, a1 = (self.get(register) for register in IN_ARGUMENTS)
        self.effect(
            "musttail call preserve_nonecc void {}(ptr %state, i64 {}, i32 {}, i32 {}, i32 {}, i32 {}, i32 {})",
            function, left, address, ra, sp, a0, a1,
        )  # fmt: skip
        self.effect("ret void")

    def _spill(self) -> None:
        """Store the registers that may have been written."""
        for register in range(1, 32):
            if self.written >> register & 1 and register not in IN_ARGUMENTS:
                pointer = self.emit(f"getelementptr i8, ptr %state, i64 {layout.REGISTERS * 8 + 4 * register}")
                self.effect("store i32 {}, ptr {}", self.get(register), pointer)

    def leave_to_stub(self, stub: int, address: int, extra: int = 0) -> None:
        """Leave by one of the stubs."""
        self._leave(str(8 * stub), address, extra)

    def leave_to(self, address: int, extra: int = 0) -> None:
        """Leave for the code at ``address``, known now."""
        micro = self.read_code(address)
        if micro is not None and micro.op in LEFT_TO_INTERPRETER:
            self.leave_to_stub(layout.ONE_STEP, address, extra)
            return
        self.links.add(address)
        self._leave(f"ptrtoint (ptr @{symbol(address)} to i64)", address, extra)

    def _leave_indirect(self, target: str, address: int, rd: int) -> None:
        """Leave for an address known at run time, by the jump cache; ``rd`` gets the address behind the jump.

        Every key of the cache is a multiple of 4, so a misaligned target is looked for only behind a miss.
        """
        mask = (layout.JUMP_ENTRIES - 1) << 2
        offset = self.emit("shl i64 {}, 2", self.emit("zext i32 {} to i64", self.emit(f"and i32 {{}}, {mask}", target)))
        entry = self.emit("getelementptr i8, ptr %state, i64 {}", offset)
        key = self.emit("load i64, ptr {}", self.emit(f"getelementptr i8, ptr {{}}, i64 {8 * layout.JUMPS}", entry))
        place = self.emit(f"getelementptr i8, ptr {{}}, i64 {8 * layout.JUMPS + 8}", entry)
        found = self.emit("icmp eq i64 {}, {}", key, self.emit("zext i32 {} to i64", target))
        hit, miss = self._aside(found, LIKELY)
        if rd != SINK:
            self.get(rd)

        def missed() -> None:
            odd = self.emit("icmp ne i32 {}, 0", self.emit("and i32 {}, 2", target))
            bad, good = self._aside(odd, UNLIKELY)
            written = self.written
            self.begin(bad)
            self._leave(str(8 * layout.ONE_STEP), address, 0)
            self.written = written
            self.begin(good)
            self._jump_to_pointer_in(
                self.emit(f"getelementptr i8, ptr %state, i64 {8 * layout.UNKNOWN_TARGET}"), target, address, rd
            )

        self._in_side(miss, missed)
        self.begin(hit)
        self._jump_to_pointer_in(place, target, address, rd)

    def _jump_to_pointer_in(self, place: str, target: str, address: int, rd: int) -> None:
        self.put(rd, literal(address + 4))
        self._spill()
        self._tail_call(self.emit("load ptr, ptr {}", place), self.budget(1), target)

    # --- blocks ---------------------------------------------------------------------------------------------------

    def _block(self, block: Block, node: Node) -> None:
        self.node, self.written = node, self.dirty[block.start]
        self.function.seal_if_complete(node)
        predecessors = node.predecessors
        self.pending = 0
        if len(predecessors) == 1 and predecessors[0] is not self.entry:
            self.pending = self._pending_at_end[id(predecessors[0])]
        if any(p is not self.entry and (int(p.first[1:], 16) ^ block.start) >> 12 for p in predecessors):
            self._check_page(block.start)
        if block.is_head or block.start == self.region.entry:
            self._check_budget(block)
        address = block.start
        for micro in block.micros[:-1]:
            self._instruction(address, micro)
            self.pending += 1
            address += 4
        self._last(block, address, block.micros[-1])

    def _aside(self, condition: str, hint: str) -> tuple[str, str]:
        """Branch on ``condition`` to a new label, else to another; returns (then, otherwise)."""
        then, otherwise = self.function.label(), self.function.label()
        self.effect(f"br i1 {{}}, label %{then}, label %{otherwise}{hint}", condition)
        return then, otherwise

    def _check_budget(self, block: Block) -> None:
        left = self.budget()
        enough, short = self._aside(self.emit(f"icmp sge i64 {{}}, {block.path}", left), LIKELY)
        self._in_side(short, lambda: self.leave_to_stub(layout.SHORT_BUDGET, block.start))
        self.begin(enough)

    def _check_page(self, address: int) -> None:
        """Leave unless this process has fetched from the page before, which marks it accessed."""
        offset = 8 * (layout.TLB + sv32.FETCH_TLB + (address >> 11 & TLB_INDEX))
        tag = self.emit("load i64, ptr {}", self.emit(f"getelementptr i8, ptr %state, i64 {offset}"))
        known, unknown = self._aside(self.emit(f"icmp eq i64 {{}}, {address & -4096}", tag), LIKELY)
        self._in_side(unknown, lambda: self.leave_to_stub(layout.ONE_STEP, address))
        self.begin(known)

    def _in_side(self, label: str, write: Callable[[], None]) -> None:
        """Write a way out of the region under ``label``, changing nothing about the path that goes on."""
        resume, written, values = self.node.label, self.written, dict(self.node.values)
        lines, self.node.lines = self.node.lines, []
        self.begin(label)
        write()
        self.node.cold += self.node.lines
        self.node.lines = lines
        self.node.label, self.written = resume, written
        self.node.values.update(values)

    def _last(self, block: Block, address: int, micro: Micro) -> None:
        """The last instruction of a block, and how the block ends."""
        following = (address + 4) & ADDRESS_MASK
        if micro.op in BRANCHES:
            self._branch(block, address, micro, following)
        elif micro.op == op.JAL:
            target = (address + micro.imm) & ADDRESS_MASK
            if target & 3:
                self.leave_to_stub(layout.ONE_STEP, address)
                return
            self.put(micro.rd, literal(following))
            self._go(block, target)
        elif micro.op == op.JALR:
            self._jump_register(address, micro)
        else:
            self._instruction(address, micro)
            self._go(block, following)

    def _go(self, block: Block, target: int) -> None:
        """Go on at ``target`` with the last instruction counted."""
        if target in block.successors:
            self._settle(block)
            self.effect(f"br label %{self.nodes[target].first}")
        else:
            self.leave_to(target, 1)

    def _settle(self, block: Block) -> None:
        """Count the block; where it leads to a join, in the variable itself."""
        self.pending += 1
        if any(len(self.nodes[target].predecessors) > 1 for target in block.successors):
            self.function.write(BUDGET, self.node, self.budget())
            self.pending = 0
        self._pending_at_end[id(self.node)] = self.pending

    def _branch(self, block: Block, address: int, micro: Micro, following: int) -> None:
        target = (address + micro.imm) & ADDRESS_MASK
        a, b = self.get(micro.rs1), self.get(micro.rs2)
        if target == following:
            self._go(block, following)
            return
        condition = self.emit(f"icmp {COMPARISONS[micro.op]} i32 {{}}, {{}}", a, b)
        labels = []
        for place in (target, following):
            if place in block.successors:
                labels.append(self.nodes[place].first)
                continue
            labels.append(self.function.label())
            if place & 3:
                self._in_side(labels[-1], partial(self.leave_to_stub, layout.ONE_STEP, address))
            else:
                self._in_side(labels[-1], partial(self.leave_to, place, 1))
        self._settle(block)
        again = AGAIN if target <= address and target in block.successors else ""
        self.effect(f"br i1 {{}}, label %{labels[0]}, label %{labels[1]}{again}", condition)

    def _jump_register(self, address: int, micro: Micro) -> None:
        base = self.get(micro.rs1)
        total = self.emit(f"add i32 {{}}, {micro.imm}", base) if micro.imm else base
        self._leave_indirect(self.emit("and i32 {}, -2", total), address, micro.rd)

    # --- instructions ---------------------------------------------------------------------------------------------

    def _instruction(self, address: int, micro: Micro) -> None:
        """One instruction that goes on with the next."""
        code = micro.op
        if code in LOADS:
            self._load(address, micro)
        elif code in STORES:
            self._store(address, micro)
            return
        elif micro.rd == SINK or code == op.FENCE:
            return
        elif code == op.LUI:
            self.put(micro.rd, literal(micro.imm))
        elif code == op.AUIPC:
            self.put(micro.rd, literal(address + micro.imm))
        else:
            self.put(micro.rd, self._compute(micro))
        self._guess_again(micro)

    def _compute(self, micro: Micro) -> str:
        code = micro.op
        a = self.get(micro.rs1)
        b = str(micro.imm) if code in IMMEDIATES else self.get(micro.rs2)
        if code in BINARY:
            return a if code == op.ADDI and micro.imm == 0 else self.emit(f"{BINARY[code]} i32 {{}}, {{}}", a, b)
        if code in SHIFTS:
            if code not in IMMEDIATES:
                b = self.emit("and i32 {}, 31", b)
            return self.emit(f"{SHIFTS[code]} i32 {{}}, {{}}", a, b)
        if code in COMPARISONS:
            return self.emit("zext i1 {} to i32", self.emit(f"icmp {COMPARISONS[code]} i32 {{}}, {{}}", a, b))
        if code in HIGH_PRODUCTS:
            first, second = HIGH_PRODUCTS[code]
            wide = self.emit(
                "mul i64 {}, {}",
                self.emit(f"{first} i32 {{}} to i64", a), self.emit(f"{second} i32 {{}} to i64", b),
            )  # fmt: skip
            return self.emit("trunc i64 {} to i32", self.emit("lshr i64 {}, 32", wide))
        return self._divide(code, a, b)

    def _divide(self, code: int, a: str, b: str) -> str:
        """Division without a trap: by 1 where the result is defined apart (RISC-V M, "Division Operations")."""
        zero = self.emit("icmp eq i32 {}, 0", b)
        special = zero
        if code in (op.DIV, op.REM):
            minus = self.emit("icmp eq i32 {}, -1", b)
            least = self.emit("icmp eq i32 {}, -2147483648", a)
            special = self.emit("or i1 {}, {}", zero, self.emit("and i1 {}, {}", minus, least))
        divisor = self.emit("select i1 {}, i32 1, i32 {}", special, b)
        result = self.emit(f"{DIVISIONS[code]} i32 {{}}, {{}}", a, divisor)
        by_zero = "-1" if code in (op.DIV, op.DIVU) else a
        return self.emit("select i1 {}, i32 {}, i32 {}", zero, by_zero, result)

    # --- memory ---------------------------------------------------------------------------------------------------
    # An access is expected on the page that was last accessed off its register; if it is not there, the TLB knows.

    def _guess(self, register: int, store: bool) -> tuple[str, str]:
        """Page of the last access off ``register``, empty where nothing is known."""
        find = self.function.read if (register, store) in self.carried else self.function.known
        return find(PAGES[store] + register, self.node), find(HOSTS[store] + register, self.node)

    def _keep(self, register: int, store: bool, page: str, host: str) -> None:
        """Remember a page for the next access off ``register``; one that may be stored to may be loaded from."""
        for kind in (False, True)[: 1 + store]:
            self.function.write(PAGES[kind] + register, self.node, page)
            self.function.write(HOSTS[kind] + register, self.node, host)

    def _guess_again(self, micro: Micro) -> None:
        """``micro`` has written its register: keep what is known of its page only if it can hold."""
        near = micro.op == op.ADDI and abs(micro.imm) <= NEAR
        if micro.rd == SINK or moves_little(micro, micro.rd):
            return
        for store in (False, True):
            if (micro.rd, store) in self.carried:
                continue
            for base in (PAGES[store], HOSTS[store]):
                known = self.function.known(base + micro.rs1, self.node) if near else ""
                self.function.write(base + micro.rd, self.node, known)

    def _guest(self, micro: Micro) -> str:
        """The guest address that a load or a store accesses."""
        base = self.get(micro.rs1)
        return self.emit(f"add i32 {{}}, {micro.imm}", base) if micro.imm else base

    def _place(self, address: int, register: int, guest: str, size: int, *, store: bool) -> str:
        """Pointer to the host's memory behind a guest address; leaves at ``address`` if the access cannot be made."""
        expected, known = self._guess(register, store)
        aligned = self.emit(f"and i32 {{}}, {-4096 | size - 1}", guest)
        if not expected:
            host = self._look_up(address, guest, aligned, size, store=store)
            page = self.emit("and i32 {}, -4096", guest)
        else:
            hit, miss = self.function.label(), self.function.label()
            before = self.node.label
            same = self.emit("icmp eq i32 {}, {}", aligned, expected)
            self.effect(f"br i1 {{}}, label %{hit}, label %{miss}{LIKELY}", same)
            ends = []

            def elsewhere() -> None:
                found = self._look_up(address, guest, aligned, size, store=store)
                page = self.emit("and i32 {}, -4096", guest)
                ends.append((found, page, self.node.label))
                self.effect(f"br label %{hit}")

            self._in_side(miss, elsewhere)
            self.begin(hit)
            [(found, other, label)] = ends
            host = self.emit(f"phi ptr [{{}}, %{before}], [{{}}, %{label}]", known, found)
            page = self.emit(f"phi i32 [{{}}, %{before}], [{{}}, %{label}]", expected, other)
        if register:
            self._keep(register, store, page, host)
        return self.emit("getelementptr i8, ptr {}, i64 {}", host, self.emit("zext i32 {} to i64", guest))

    def _look_up(self, address: int, guest: str, aligned: str, size: int, *, store: bool) -> str:
        """What a guest address is added to on the host, by the TLB or, behind it, the page tables."""
        tlb = layout.TLB + (sv32.STORE_TLB if store else sv32.LOAD_TLB)
        index = self.emit(f"and i32 {{}}, {TLB_INDEX << 3}", self.emit("lshr i32 {}, 8", guest))
        entry = self.emit("getelementptr i8, ptr %state, i64 {}", self.emit("zext i32 {} to i64", index))
        tag = self.emit("load i64, ptr {}", self.emit(f"getelementptr i8, ptr {{}}, i64 {8 * tlb}", entry))
        addend = self.emit("load i64, ptr {}", self.emit(f"getelementptr i8, ptr {{}}, i64 {8 * tlb + 8}", entry))
        page = self.emit("zext i32 {} to i64", aligned)
        hit, miss = self.function.label(), self.function.label()
        before = self.node.label
        self.effect(f"br i1 {{}}, label %{hit}, label %{miss}{LIKELY}", self.emit("icmp eq i64 {}, {}", tag, page))
        found = self.function.name()
        fault = self.function.label()

        def resolve() -> None:
            self._resolve(found, guest, size | (layout.STORE if store else 0))
            failed = self.emit(f"icmp eq i64 {found}, {layout.NO_ADDEND}")
            self.effect(f"br i1 {{}}, label %{fault}, label %{hit}{UNLIKELY}", failed)
            self.begin(fault)
            self.leave_to_stub(layout.ONE_STEP, address)

        self._in_side(miss, resolve)
        self.begin(hit)
        addend = self.emit(f"phi i64 [{{}}, %{before}], [{found}, %{miss}]", addend)
        return self.emit("getelementptr i8, ptr {}, i64 {}", self._ram(), addend)

    def _resolve(self, found: str, guest: str, kind: int) -> None:
        """Give ``found`` what RESOLVE says about a guest address."""
        resolver = self.emit("load ptr, ptr {}", self.emit(f"getelementptr i8, ptr %state, i64 {8 * layout.RESOLVE}"))
        self.effect(f"{found} = call preserve_mostcc i64 {{}}(ptr %state, i32 {{}}, i32 {kind})", resolver, guest)

    def _look(self, address: int, guest: str, size: int, place: str, value: str | None) -> None:
        """Leave at ``address`` if a load, or a store of ``value``, may meet a guard: by the filter, then by the guards.

        A store of what is there does not change it.
        """
        kinds = READS if value is None else WRITES | CHANGES
        word = self.emit(f"and i32 {{}}, {FILTER_SIZE - 1}", self.emit("lshr i32 {}, 2", guest))
        entry = self.emit("getelementptr i8, ptr %state, i64 {}", self.emit("zext i32 {} to i64", word))
        filtered = self.emit(f"getelementptr i8, ptr {{}}, i64 {8 * (layout.GUARDS + FILTER)}", entry)
        guarded = self.emit("load i8, ptr {}", filtered)
        may_meet = self.emit("icmp ne i8 {}, 0", self.emit(f"and i8 {{}}, {kinds}", guarded))
        aside, on = self._aside(may_meet, UNLIKELY)

        def look() -> None:
            if value is not None:
                old = self.emit(f"load i{8 * size}, ptr {{}}, align 1", place)
                is_same = self.emit(f"icmp eq i{8 * size} {{}}, {{}}", old, value)
                only_changes = self.emit("icmp eq i8 {}, 0", self.emit(f"and i8 {{}}, {WRITES}", guarded))
                further = self.function.label()
                unmet = self.emit("and i1 {}, {}", is_same, only_changes)
                self.effect(f"br i1 {{}}, label %{on}, label %{further}", unmet)
                self.begin(further)
            found = self.function.name()
            self._resolve(found, guest, size | layout.LOOK | (0 if value is None else layout.STORE))
            meets = self.function.label()
            met = self.emit(f"icmp eq i64 {found}, {layout.NO_ADDEND}")
            self.effect(f"br i1 {{}}, label %{meets}, label %{on}", met)
            self.begin(meets)
            self.leave_to_stub(layout.ONE_STEP, address)

        self._in_side(aside, look)
        self.begin(on)

    def _ram(self) -> str:
        """Pointer to physical memory, loaded once."""
        return self.function.read(RAM, self.node)

    def _load(self, address: int, micro: Micro) -> None:
        size, extend = LOADS[micro.op]
        guest = self._guest(micro)
        place = self._place(address, micro.rs1, guest, size, store=False)
        if self.looks & READS:
            self._look(address, guest, size, place, None)
        value = self.emit(f"load i{8 * size}, ptr {{}}, align 1", place)
        self.put(micro.rd, self.emit(f"{extend} i{8 * size} {{}} to i32", value) if extend else value)

    def _store(self, address: int, micro: Micro) -> None:
        size = STORES[micro.op]
        guest = self._guest(micro)
        place = self._place(address, micro.rs1, guest, size, store=True)
        value = self.get(micro.rs2)
        if size < 4:
            value = self.emit(f"trunc i32 {{}} to i{8 * size}", value)
        if self.looks:
            self._look(address, guest, size, place, value)
        self.effect(f"store i{8 * size} {{}}, ptr {{}}, align 1", value, place)
