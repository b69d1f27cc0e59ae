"""LLVM: from IR to position-independent code, and the stubs that translated code is entered and left by."""

from __future__ import annotations

from functools import cache
from typing import Any

from vm.engine.translator import layout
from vm.engine.translator.emitter import PARAMETERS
from vm.engine.translator.recipes import Code
from vm.native.objects import R_X86_64_32S, UnexpectedObject, take_object


@cache
def _target_machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Loop strength reduction takes minutes on unrolled guest code, and makes it no faster.
    llvm.set_option("", "--disable-lsr")
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, reloc="static", codemodel="small"
    )


def compile_ir(text: str) -> bytes:
    """The ELF object of a module."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    return bytes(_target_machine().emit_object(module))


def take_code(data: bytes) -> tuple[Code, dict[str, int]]:
    """The code of an object file, its links, and its functions by name (offsets). Raises UnexpectedObject."""
    piece = take_object(data)
    if piece.absolute:
        raise UnexpectedObject("addresses inside the code")
    for out in piece.outside:
        if out.kind != R_X86_64_32S or out.addend or not out.name.startswith("link_"):
            raise UnexpectedObject(f"relocation {out.kind} against {out.name!r}")
    links = tuple((out.place, int(out.name[5:], 16)) for out in piece.outside)
    return Code(bytes(piece.data), links), {name: piece.symbols[name] for name in piece.functions}


def _leaving(name: str, why: int) -> str:
    stores = "".join(
        f"%p{register} = getelementptr i8, ptr %state, i64 {8 * layout.REGISTERS + 4 * register}\n"
        f"store i32 %{argument}, ptr %p{register}\n"
        for register, argument in ((33, "pc"), (1, "ra"), (2, "sp"), (10, "a0"), (11, "a1"))
    )
    return (
        f"define preserve_nonecc void @{name}({PARAMETERS}) nounwind {{\n{stores}"
        f"%b = getelementptr i8, ptr %state, i64 {8 * layout.BUDGET}\nstore i64 %budget, ptr %b\n"
        f"%w = getelementptr i8, ptr %state, i64 {8 * layout.WHY}\nstore i64 {why}, ptr %w\nret void\n}}\n"
    )


def stubs() -> str:
    """The module of the functions between the driver, translated code and the page-table walker."""
    loads = "".join(
        f"%p{register} = getelementptr i8, ptr %state, i64 {8 * layout.REGISTERS + 4 * register}\n"
        f"%{argument} = load i32, ptr %p{register}\n"
        for register, argument in ((1, "ra"), (2, "sp"), (10, "a0"), (11, "a1"))
    )
    enter = (
        "define void @enter(ptr %state, ptr %function, i64 %budget, i32 %pc) nounwind {\n" + loads +
        "call preserve_nonecc void %function(ptr %state, i64 %budget, i32 %pc, i32 %ra, i32 %sp, i32 %a0, i32 %a1)\n"
        "ret void\n}\n"
    )  # fmt: skip
    resolve = (
        "define preserve_mostcc i64 @resolve(ptr %state, i32 %address, i32 %kind) nounwind {\n"
        f"%rp = getelementptr i8, ptr %state, i64 {8 * layout.REFILL}\n%refill = load ptr, ptr %rp\n"
        f"%mp = getelementptr i8, ptr %state, i64 {8 * layout.RAM}\n%ram = load ptr, ptr %mp\n"
        f"%fp = getelementptr i8, ptr %state, i64 {8 * layout.FRAMES}\n%frames = load i64, ptr %fp\n"
        "%words = shl i64 %frames, 10\n%a = zext i32 %address to i64\n%k = zext i32 %kind to i64\n"
        f"%r = call i64 %refill(ptr %state, i64 {layout.SIZE}, ptr %ram, i64 %words, i64 %a, i64 %k)\n"
        "ret i64 %r\n}\n"
    )
    leaving = ((layout.LEFT_UNKNOWN_TARGET, "unknown_target"), (layout.LEFT_SHORT_BUDGET, "short_budget"),
               (layout.LEFT_ONE_STEP, "one_step"))  # fmt: skip
    return enter + resolve + "".join(_leaving(name, why) for why, name in leaving)
