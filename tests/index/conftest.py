"""What tests of the index may use."""

from pathlib import Path

import pytest

from tests.building import Archive, markdown


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Four articles, indexed."""
    made = Archive(tmp_path)
    made.write({f"p/{name}.md": markdown(f"{name} 제목") for name in "abcd"})
    made.run()
    return made
