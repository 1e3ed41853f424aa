"""Errors as answers: the objects of `nl2strat.machine`, with the HTTP status that goes with each."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mas.errors import BrokerError, DataError, MasError, ParameterError
from nl2strat.errors import LanguageErrors, ModelTrouble, NotUnderstood, RunFailed, UsageError, VerifyError
from nl2strat.library.names import NameTaken, NotThere
from nl2strat.machine import error_object
from nl2strat.web.work import Fault, WorkFailed
from nl2strat.web.workspace import Conflict

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse

log = logging.getLogger("nl2strat.web")


class NotFound(UsageError):
    """There is nothing of that name."""


_STATUS: tuple[tuple[type[MasError], int], ...] = (
    (NotFound, 404),
    (NotThere, 404),
    (Conflict, 409),
    (NameTaken, 409),
    (Fault, 500),
    (WorkFailed, 503),
    (NotUnderstood, 422),
    (LanguageErrors, 422),
    (VerifyError, 422),
    (DataError, 422),
    (ModelTrouble, 502),
    (BrokerError, 502),
    (RunFailed, 502),
    (ParameterError, 400),
    (UsageError, 400),
    (MasError, 400),
)
"""The first class that fits counts."""


def status_of(error: MasError) -> int:
    """The HTTP status of an error."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def plain_error(message: str, hint: str = "") -> dict[str, Any]:
    """An error object of one message."""
    return {"status": "error", "errors": [{"message": message, "line": None, "column": None, "hint": hint}]}


def install(app: FastAPI) -> None:
    """Have the app answer errors with their objects."""
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse

    async def known(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, MasError)
        return JSONResponse(error_object(error), status_of(error))

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        found = [
            {"message": f"{'.'.join(map(str, one['loc'][1:])) or 'the body'}: {one['msg']}", "line": None,
             "column": None, "hint": "see /api/v1/openapi.json"}
            for one in error.errors()
        ]  # fmt: skip
        return JSONResponse({"status": "error", "errors": found}, 422)

    app.add_exception_handler(MasError, known)
    app.add_exception_handler(RequestValidationError, invalid)
