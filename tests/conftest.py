"""What every test may use: one Kiwi for the whole run."""

import os
from pathlib import Path

import pytest

from index.analysis import Analyser, analyser_for


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    """The analyser with the shipped dictionary."""
    return analyser_for()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data, or a skip that says how to name it."""
    path = Path(os.environ.get("GEULSAEM_SHARED") or Path(__file__).parents[2] / "shared")
    if not path.is_dir():
        pytest.skip("no shared test data; name its folder in GEULSAEM_SHARED")
    return path
