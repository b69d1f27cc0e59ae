"""An independent recount of sockets: what a network keeps in its totals is what the processes' descriptors imply."""

from __future__ import annotations

from collections import Counter

from vm.kernel.files.opened import OpenFile
from vm.kernel.kernel import Kernel
from vm.kernel.net.sockets import Socket


def descriptors(kernel: Kernel) -> list[OpenFile]:
    """The open files of all processes, each as often as a descriptor, or a call that waits, refers to it."""
    tables = {id(task.files): task.files for process in kernel.processes for task in process.threads}.values()
    held = [entry.file for table in tables for call in table.held.values() for entry in call.values()]
    return [table.place(number) for table in tables for number in table.numbers] + held


def check_network(kernel: Kernel) -> None:
    """Every socket is reached from a descriptor, a message or a listener; costs and references are those found."""
    network = kernel.system.parts.get("Network")
    if network is None:
        return
    references = Counter(descriptors(kernel))
    flying: Counter[OpenFile] = Counter()
    costs: Counter[int] = Counter()
    todo = [file for file in references if isinstance(file, Socket)]
    found = dict.fromkeys(todo)
    for socket in todo:  # which grows
        new = [*getattr(socket, "pending", ()), *(end for _, end in getattr(socket, "arriving", ()))]
        assert socket.inbox.held == sum(len(packet.data) - packet.taken for packet in socket.inbox.packets)
        for packet in socket.inbox.packets:
            costs[id(packet.buffer)] += packet.cost
            if packet.rights is not None:
                flying.update(packet.rights.files)
                new += [file for file in packet.rights.files if isinstance(file, Socket)]
        todo += [each for each in new if each not in found]
        found.update(dict.fromkeys(new))
    assert network.totals.sockets == len(found), "some socket is lost, or counted twice"
    assert network.totals.cost == costs.total()
    for socket in found:
        assert not socket.is_dead
        for buffer in {id(each): each for each in vars(socket).values() if type(each).__name__ == "Buffer"}.values():
            assert buffer.used == costs[id(buffer)]
    for file in {**flying, **dict.fromkeys(found, 1)}:
        assert file.in_flight == flying[file]
        assert file.references == references[file] + flying[file]
