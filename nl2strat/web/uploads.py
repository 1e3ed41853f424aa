"""Files on their way in: what a browser has sent waits here until the page knows what to do with it.

    <data folder>/web/uploads/<id>/upload, name

A file that was refused for want of an answer (which symbol?) can be tried again without being sent again.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request

from nl2strat.errors import UsageError
from nl2strat.web.errors import NotFound

if TYPE_CHECKING:
    from nl2strat.web.services import Services

KEPT = 4
"""Files that wait at once; a further one takes the place of the oldest."""
LIFE = 6 * 3600
"""Seconds that a file waits."""
_ID = re.compile(r"[0-9a-f]{24}")
_LONGEST = 200


@dataclass(frozen=True)
class Uploaded:
    """A file that waits: its `name` as the user knows it, and its bytes."""

    id: str
    name: str
    size: int


def router(services: Services) -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.post("/uploads", status_code=201, summary="Send a file, to be imported afterwards")
    async def take(
        request: Request, name: Annotated[str, Query(max_length=_LONGEST, description="Of the file.")]
    ) -> Uploaded:
        """The body is the file; it waits for six hours, and the newest four are kept."""
        return await receive(services.home, name, request.stream())

    return routes


async def receive(home: Path, name: str, pieces: AsyncIterator[bytes]) -> Uploaded:
    """Have a file wait. Raises: whatever ends the pieces: nothing of the file stays then."""
    _make_room(home)
    number = secrets.token_hex(12)
    folder = _folder(home) / number
    folder.mkdir(parents=True)
    size = 0
    try:
        with (folder / "upload").open("wb") as target:
            async for piece in pieces:
                target.write(piece)
                size += len(piece)
        (folder / "name").write_text(name, encoding="utf-8", errors="replace")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UsageError(f"{name}: cannot be put down here: {error.strerror or error}") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Uploaded(number, name, size)


def path_of(home: Path, number: str) -> Path:
    """The file that waits. Raises: NotFound: it no longer does."""
    file = _folder(home) / number / "upload"
    if not _ID.fullmatch(number) or not file.is_file():
        raise NotFound("the file is no longer there; choose it again")
    return file


def name_of(home: Path, number: str) -> str:
    """What the user calls it. Raises: NotFound."""
    try:
        return path_of(home, number).with_name("name").read_text(encoding="utf-8") or "file"
    except OSError:
        raise NotFound("the file is no longer there; choose it again") from None


def drop(home: Path, number: str) -> None:
    """Let go of a file."""
    if _ID.fullmatch(number):
        shutil.rmtree(_folder(home) / number, ignore_errors=True)


# ------------------------------------------------------------------ inside


def _folder(home: Path) -> Path:
    return home / "web" / "uploads"


def _make_room(home: Path) -> None:
    folder = _folder(home)
    if not folder.is_dir():
        return
    waiting = sorted((one for one in folder.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    old = time.time() - LIFE
    for position, one in enumerate(reversed(waiting)):
        if position >= KEPT - 1 or one.stat().st_mtime < old:
            shutil.rmtree(one, ignore_errors=True)
