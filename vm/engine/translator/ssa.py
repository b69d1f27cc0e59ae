"""LLVM IR of one function whose variables are SSA values made while blocks are filled.

Source: Braun et al., *Simple and Efficient Construction of Static Single Assignment Form*, CC 2013. Nodes are filled in
an order in which forward edges lead onward; a node whose predecessors are not all filled gets a phi for every variable
that is read in it. Phis that turn out to have one operand are replaced by it when the text is made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

Variable = int
"""A guest register's number, or one of the emitter's own variables."""


class Node:
    """A stretch of control flow with one set of variables.

    ``label`` is the LLVM label now being written to; ``lines`` hold formats and the operands put into them.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.first = label
        self.predecessors: list[Node] = []
        self.sealed = False
        self.filled = False
        self.values: dict[Variable, str] = {}
        self.open: dict[Variable, str] = {}
        self.lines: list[tuple[str, ...]] = []
        self.cold: list[tuple[str, ...]] = []


class Function:
    """The function being made.

    ``initial`` makes the value a variable has on entry, at its first use; ``written`` are the variables that get other
    values; ``types`` are the types of those that are no i32.
    """

    def __init__(
        self, initial: Callable[[Variable], str], types: dict[Variable, str], written: Collection[Variable]
    ) -> None:
        self.initial = initial
        self.types = types
        self.written = written
        self.constant: dict[Variable, str] = {}
        self.count = 0
        self.phis: dict[str, tuple[Node, Variable, list[tuple[str, str]]]] = {}
        self.alias: dict[str, str] = {}

    def name(self) -> str:
        """A fresh value."""
        self.count += 1
        return f"%v{self.count}"

    def label(self) -> str:
        """A fresh label."""
        self.count += 1
        return f"b{self.count}"

    def write(self, variable: Variable, node: Node, value: str) -> None:
        """Give ``variable`` a value in ``node``."""
        node.values[variable] = value

    def read(self, variable: Variable, node: Node) -> str:
        """The value of ``variable`` at the end of what ``node`` has so far."""
        if variable not in self.written:
            if variable not in self.constant:
                self.constant[variable] = self.initial(variable)
            return self.constant[variable]
        chain = []
        while variable not in node.values and node.sealed and len(node.predecessors) == 1:
            chain.append(node)
            node = node.predecessors[0]
        if variable not in node.values:
            if not node.predecessors:
                node.values[variable] = self.initial(variable)
            else:
                phi = self.name()
                self.phis[phi] = (node, variable, [])
                node.values[variable] = phi
                if node.sealed:
                    self._fill(phi)
                else:
                    node.open[variable] = phi
        value = node.values[variable]
        for passed in chain:
            passed.values[variable] = value
        return value

    def known(self, variable: Variable, node: Node) -> str:
        """The value of ``variable`` if it was given one since paths last joined, else nothing."""
        while variable not in node.values and node.sealed and len(node.predecessors) == 1:
            node = node.predecessors[0]
        return node.values.get(variable, "")

    def _fill(self, phi: str) -> None:
        node, variable, operands = self.phis[phi]
        for predecessor in node.predecessors:
            operands.append((self.read(variable, predecessor), predecessor.label))

    def seal_if_complete(self, node: Node) -> None:
        """Complete the phis of ``node`` if all its predecessors are filled."""
        if node.sealed or not all(predecessor.filled for predecessor in node.predecessors):
            return
        node.sealed = True
        for phi in node.open.values():
            self._fill(phi)

    def resolve(self, value: str) -> str:
        """What stands for ``value`` now that phis have been replaced."""
        while value in self.alias:
            value = self.alias[value]
        return value

    def simplify(self) -> None:
        """Replace every phi whose operands are one value and itself."""
        changed = True
        while changed:
            changed = False
            for phi, (_, _, operands) in list(self.phis.items()):
                others = {self.resolve(value) for value, _ in operands} - {phi}
                if len(others) == 1:
                    self.alias[phi] = others.pop()
                    del self.phis[phi]
                    changed = True

    def render(self, nodes: list[Node]) -> str:
        """The function's body, the cold parts behind everything else."""
        self.simplify()
        lines: list[str] = []
        phis: dict[int, list[str]] = {}
        for phi, (node, variable, operands) in self.phis.items():
            pairs = ", ".join(f"[{self.resolve(value)}, %{label}]" for value, label in operands)
            phis.setdefault(id(node), []).append(f"{phi} = phi {self.types.get(variable, 'i32')} {pairs}")
        for node in nodes:
            lines.append(f"{node.first}:")
            lines += phis.get(id(node), [])
            lines += (line[0].format(*map(self.resolve, line[1:])) for line in node.lines)
        for node in nodes:
            lines += (line[0].format(*map(self.resolve, line[1:])) for line in node.cold)
        return "\n".join(lines)
