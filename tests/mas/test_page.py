"""What the pages share: their templates are found, their data cannot break out of them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from mas.page import joined_script, safe_json, script_hash, template_text

HOSTILE = "</script><script>alert(1)</script>\u2028\u2029'\"&"


def test_json_in_a_script_cannot_end_it() -> None:
    """No character that HTML or old JavaScript would read is left, and the value survives."""
    text = safe_json({"a": HOSTILE})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": HOSTILE}
    with pytest.raises(ValueError, match="not JSON compliant"):
        safe_json(float("nan"))


@pytest.mark.parametrize("name", ["chart.js", "page.js", "page.css"])
def test_templates_are_found_and_load_nothing(name: str) -> None:
    """The shared parts are package data, and name no address outside the page."""
    text = template_text(name)
    assert len(text) > 1000
    assert "http" not in text
    assert "url(" not in text


def test_a_script_is_named_by_its_hash() -> None:
    """The policy's name of a script is the SHA-256 of exactly its text."""
    script = joined_script("let a = 1;\n", "a + 1;\n")
    assert script == '"use strict";\n(() => {\nlet a = 1;\na + 1;\n})();\n'
    assert script_hash(script) == "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
