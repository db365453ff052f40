"""What every test may use: one Kiwi for the whole run."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from index.analysis import Analyser, analyser_for

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    """The analyser with the shipped dictionary."""
    return analyser_for()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data, or a skip that says how to name it."""
    path = Path(os.environ.get("BENCH_SHARED") or Path(__file__).parents[2] / "shared")
    if not path.is_dir():
        pytest.skip("no shared test data; name its folder in BENCH_SHARED")
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is installed, a skipped test is a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("NO_SKIP"):
        report.outcome = "failed"
    return report
