"""No endpoint, key or cache of whoever runs the tests counts."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("openai", reason="needs the openai package: pip install 'nl2strat[model]'")

KEY = "sk-test-VERYSECRET0123456789abcdef"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "NL2STRAT_MODEL", "NL2STRAT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NL2STRAT_API_KEY", KEY)
    monkeypatch.setenv("NL2STRAT_MODELS", str(tmp_path / "models.toml"))
    monkeypatch.setenv("NL2STRAT_CACHE", str(tmp_path / "cache"))
