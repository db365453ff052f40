"""What the figures were measured on, to be printed beside them."""

import os
import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("numpy", "whoosh3", "tantivy", "bm25s", "kiwipiepy", "orjson", "flask", "gunicorn")


def machine() -> dict[str, str]:
    """Processor, cores, memory and load of this machine, and the versions of what is compared."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    # That of a distribution is compiled with profiles, and takes a sixth less than one that is not.
    python = f"Python {platform.python_version()}{' of the system' * (sys.base_prefix == '/usr')}"
    versions = [python, f"SQLite {sqlite3.sqlite_version}"]
    versions += [f"{name} {found}" for name in _PACKAGES if (found := _version(name))]
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{_memory() / 2**30:.0f} GiB",
        "load before the run (1, 5, 15 minutes)": load,
        "versions": ", ".join(versions),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
