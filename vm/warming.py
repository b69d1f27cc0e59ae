"""Compiling all that is jitted before it is needed."""

from __future__ import annotations

import numpy as np

from vm.abi import PAGE_SIZE, Protection
from vm.cpu import changes, interpreter
from vm.cpu import tape as tapes
from vm.cpu.decode import WITHOUT_ENTRIES, decode_frame
from vm.cpu.jit import mark_cached
from vm.cpu.state import PC, STOP_SIZE, new_context
from vm.engine.breaking import Breaking
from vm.engine.engines import Interpreter, is_translator_supported
from vm.memory import AddressSpace, PhysicalMemory
from vm.memory.mappings import READ_WRITE
from vm.memory.segments import FileContent, Held, Segment, SharedMemory
from vm.memory.strategies import STRATEGIES


def warm_up() -> None:
    """Compile every jitted function of the machine, or load it from the cache, by using each of them on a tiny one.

    Without this each is compiled when it is first needed, in the middle of a run and of its time limits.
    """
    memory = PhysicalMemory(64 * PAGE_SIZE)
    space = AddressSpace(memory)
    code, data = 0x1_0000, 0x2_0000
    # Calls of what comes next, and an ecall: the second is translated, and linked, in a space that has translations.
    calls = bytes.fromhex(3 * "ef004000" + "73000000")
    content = FileContent(b"", Held(calls), len(calls), is_image=True)
    space.map_image(code, code + PAGE_SIZE, Protection.READ | Protection.EXEC, "code", content)
    space.map(data, data + PAGE_SIZE, READ_WRITE, "mapping")
    space.write(data, b"\1\0")
    space.read_string(data, 2)
    context = new_context()
    context[PC] = code
    interpreter.run(context, space, 1)
    Breaking(Interpreter(), [code]).execute(context, space, 1, np.zeros(STOP_SIZE, np.int64))
    space.resident(space.segments[0])
    if is_translator_supported():
        from vm.engine.translator.engine import Translator

        decode_frame(memory.words, memory.decoded, 0)
        context[PC] = code
        Translator(memory, threshold=0).run(context, space, 4)
    for strategy in STRATEGIES.values():
        child, _ = strategy(space)
        child.write(data, b"\1\0")
        child.protect(data, data + PAGE_SIZE, Protection.READ)
        child.move(data, PAGE_SIZE, 2 * data, PAGE_SIZE)
        child.destroy()
    space.unmap(data, data + PAGE_SIZE)
    common = SharedMemory(memory, 1)
    space.add(Segment(data, data + PAGE_SIZE, READ_WRITE, "mapping", paid=False, backing=common, shared=True))
    space.write(data, b"\1")
    space.destroy()
    mark_cached("machine")


def warm_up_checker() -> None:
    """Compile what only the checker of vfork uses, the interpreter that records among it: half as much again."""
    memory = PhysicalMemory(64 * PAGE_SIZE)
    space = AddressSpace(memory)
    data = 0x2_0000
    space.map(data, data + PAGE_SIZE, READ_WRITE, "mapping")
    space.write(data, b"\1\0")
    tape, shadow = tapes.new_tape(1, 1, 1), np.zeros(tapes.SHADOW + tapes.SHADOW_SIZE, np.int64)
    changes.warm_up(tape, memory.words, space.root, data // PAGE_SIZE)
    stop = np.zeros(STOP_SIZE, np.int64)
    interpreter.execute(new_context(), *space.engine_arguments, 1, stop, WITHOUT_ENTRIES, tuple(tape), shadow)
    space.destroy()
    mark_cached("checker")
