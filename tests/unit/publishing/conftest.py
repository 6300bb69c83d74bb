"""What tests of publishing share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.publishing.picture_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
