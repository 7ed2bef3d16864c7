"""Folders of tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path) -> Path:
    """An empty folder named ``dags``, beside which there is room for others."""
    (tmp_path / "dags").mkdir()
    return tmp_path / "dags"


@pytest.fixture
def as_nobody():
    """An empty folder, read by a user who may not read everything, whoever runs the tests."""
    place = Path(tempfile.mkdtemp())
    user = os.geteuid()
    if user == 0:
        os.chown(place, 65534, 65534)
        os.seteuid(65534)
    yield place
    if user == 0:
        os.seteuid(0)
    else:
        place.chmod(0o700)
        for path in place.iterdir():
            path.chmod(0o700)
    shutil.rmtree(place)
