"""What figures are held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is to be true: ``value`` is a ratio or a count, which may be ``limit`` at most."""

    what: str
    value: float
    limit: float
    is_exact: bool = False

    @property
    def is_met(self) -> bool:
        """True when the figure is as wanted."""
        return self.value == self.limit if self.is_exact else self.value <= self.limit

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """What, the figure, the target, whether it is met."""
        form = ",.0f" if self.is_exact or self.limit >= 1000 else ".3f"
        limit = f"{'=' if self.is_exact else '≤'} {self.limit:{form}}"
        return self.what, f"{self.value:{form}}", limit, "met" if self.is_met else "MISSED"


def show(targets: list[Target]) -> bool:
    """Print a line for each; True when all are met."""
    for target in targets:
        what, value, limit, met = target.texts
        print(f"{what:<48}{value:>11} {limit:>10}  {met}")
    return all(target.is_met for target in targets)
