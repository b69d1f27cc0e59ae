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
        form = (lambda number: f"{number:,.0f}") if self.is_exact else (lambda number: f"{number:.3f}")
        sign = "=" if self.is_exact else "≤"
        return self.what, form(self.value), f"{sign} {form(self.limit)}", "met" if self.is_met else "MISSED"


def show(targets: list[Target]) -> bool:
    """Print a line for each; True when all are met."""
    for target in targets:
        what, value, limit, met = target.texts
        print(f"{what:<46}{value:>10}{limit:>12}  {met}")
    return all(target.is_met for target in targets)
