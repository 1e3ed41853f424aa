"""Results with thousands of trades are written quickly, and byte for byte as Python's encoder indents them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nl2strat.machine import json_text

ROW = {"symbol": "EURUSD", "side": 'lo},\n   {ng"', "sl": None, "profit": -0.1, "text": '"trades": []', "é": "\\"}


LIKE_ROW = dict(zip(ROW, (1, -0.0, 0.0, "\n\u2028%s", True, False), strict=True)) | {"100 %": 1e22}
ROWS = [ROW | {"100 %": 0}, LIKE_ROW, LIKE_ROW]


@pytest.mark.parametrize("rows", [[], [ROW], ROWS, [ROW, ROW, {"one": 1e-7}], [dict(reversed(ROW.items())), ROW], None])
def test_rows_are_indented_as_everything_else(rows: Any) -> None:
    """Texts that look like the separators, none at all, and a value that is no list."""
    value = {"status": "ok", "strategy": {"dsl": 'x\n "trades": []'}, "trades": rows, "metrics": {"a": [1, {"b": 2}]}}

    assert json_text(value) == json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)


def test_a_number_that_json_lacks_is_refused() -> None:
    """NaN is no JSON, in a row either."""
    with pytest.raises(ValueError, match="JSON"):
        json_text({"trades": [{"profit": float("nan")}]})
