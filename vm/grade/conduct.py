"""How the processes of a run behaved: the record that rules are judged by."""

from __future__ import annotations

from vm.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What processes did in a run, as far as rules ask for it."""
