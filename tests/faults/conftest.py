"""The ground that the fault tests stand on."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.worlds import Ground


@pytest.fixture
def ground(servers: dict[str, Any], tmp_path: Path) -> Ground:
    return Ground(servers["folder"], servers["postgres"], tmp_path)
