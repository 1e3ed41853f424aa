"""What takes long to make, kept in the user's cache folder: a process that finds it there need not make it again."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def place(name: str, key: str) -> Path:
    """Where something is kept, or would be. Args: key: all that it depends on, but for the version of Python."""
    digest = hashlib.sha256(f"{key}|{sys.version_info[:2]}".encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    return Path(base) / "nl2strat" / f"{name}-{digest}"


def keep(path: Path, content: bytes) -> None:
    """Writes it in one step, so that two processes starting at once never see half a file. Raises: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)
