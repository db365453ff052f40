"""Small files of JSON that say themselves whether they are whole."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def seal(values: Mapping[str, Any]) -> str:
    """The text of a file that holds ``values``."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return json.dumps({"crc": zlib.crc32(text.encode()), "values": text}, ensure_ascii=False) + "\n"


def unseal(path: Path) -> dict[str, Any] | None:
    """The values of a sealed file; None where it is missing, cut short or changed."""
    try:
        outer = json.loads(path.read_text("utf-8"))
        if zlib.crc32(outer["values"].encode()) != outer["crc"]:
            return None
        values = json.loads(outer["values"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return values if isinstance(values, dict) else None
