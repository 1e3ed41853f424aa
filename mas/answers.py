"""What the documented functions answer when they fail, and the ids they hand out when they do not."""

from __future__ import annotations

from typing import Any

from mas.errors import ParameterError

SIMULATED = "BT"
"""Orders of a backtest carry this before their number, so that a simulated id never reaches a real terminal."""


class Failure(str):
    """An error message that is false, so that both `if client.login(...)` and printing the message work.

    `code` is MetaTrader's return code (10016 ...) or error code (-6 ...): texts may be translated, codes are stable.
    """

    __slots__ = ("code",)
    code: int

    def __new__(cls, text: str, code: int) -> Failure:
        failure = super().__new__(cls, text)
        failure.code = code
        return failure

    def __bool__(self) -> bool:
        return False


class CodedText(str):
    """An error message in a documented dict, with a `code` that no language changes. True, like every text."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, text: str, code: str) -> CodedText:
        coded = super().__new__(cls, text)
        coded.code = code
        return coded


def is_simulated(order_id: Any) -> bool:
    """Whether an id is one of a simulated order ("BT1")."""
    return isinstance(order_id, str) and order_id.strip().startswith(SIMULATED)


def order_id_of(ticket: int) -> str:
    """The id that a simulated order is known by: "BT1"."""
    return f"{SIMULATED}{ticket}"


def ticket_of(order_id: Any) -> int:
    """The order number in an id: 1 of "BT1", "1" or 1.

    Raises: ParameterError: it is no id; the answer of an order that failed is none either.
    """
    if isinstance(order_id, Failure):
        raise ParameterError(f"order_id is the answer of an order that failed: {order_id}")
    text = str(order_id).strip().removeprefix(SIMULATED)
    if isinstance(order_id, bool) or not (text.isascii() and text.isdecimal()):
        raise ParameterError(f'order_id must be what send_order returned, such as "BT1", not {order_id!r}')
    return int(text)
