"""The source of random choices: fixed unless the environment says otherwise, and printed, so that a failure repeats."""

from __future__ import annotations

import os
import random


def chooser() -> random.Random:
    """Random choices from FORKLORE_SEED, which a failing test shows among its output."""
    seed = int(os.environ.get("FORKLORE_SEED", "20240611"))
    print(f"FORKLORE_SEED={seed}")
    return random.Random(seed)
