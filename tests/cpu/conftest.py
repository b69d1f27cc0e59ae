"""Every test of this folder that asks for ``engine`` runs on every engine."""

import pytest

from tests.cpu.engine import ENGINES, EngineMachine


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> EngineMachine:
    return EngineMachine(ENGINES[request.param])
