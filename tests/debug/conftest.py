"""What tests of the debugger share."""

from __future__ import annotations

import pytest

from tests.debug.talking import Talk


@pytest.fixture
def talk() -> Talk:
    """A session of gdb's that has just begun."""
    return Talk()
