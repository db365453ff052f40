"""Small files of JSON that say themselves whether they are whole."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def seal(values: Mapping[str, Any]) -> str:
    """The text of a file that holds ``values``."""
    return _sealed(json.dumps(values, ensure_ascii=False, sort_keys=True))


def unseal(path: Path) -> dict[str, Any] | None:
    """The values of a sealed file; None where it is missing, cut short or changed."""
    try:
        whole = path.read_bytes().decode()
        text = json.loads(whole)["values"]
        # Compared as a whole: what JSON would read past has changed too.
        if whole != _sealed(text):
            return None
        values = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return values if isinstance(values, dict) else None


def _sealed(text: str) -> str:
    return json.dumps({"crc": zlib.crc32(text.encode()), "values": text}, ensure_ascii=False) + "\n"
