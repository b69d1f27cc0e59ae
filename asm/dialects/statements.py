"""The statements of each dialect."""

from __future__ import annotations

from collections.abc import Mapping

from vm.services import RARS, VENUS

from ..assembler import Handler
from ..reader import STATEMENTS
from . import macros, pseudo, values, venus

_COMMON: Mapping[str, Handler] = {**STATEMENTS, **pseudo.COMMON, **values.TABLE}

DIALECT_STATEMENTS: Mapping[str, Mapping[str, Handler]] = {
    RARS: {
        **_COMMON,
        **{name: values.aligned(name, size) for name, size in values.SIZES.items()},
        ".align": values.align,
        ".eqv": macros.name_value,
        ".macro": macros.define,
        ".end_macro": STATEMENTS[".endm"],
    },
    VENUS: {**_COMMON, **pseudo.COMPARISONS, "sne": pseudo.not_equal, **venus.TABLE},
}
"""What a statement's first word may be, for each dialect."""
