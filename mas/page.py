"""What the HTML pages share: where their templates live, how they are filled, and what may run on them.

A page is one file that loads nothing: styles and the script stand inside it, its content policy lets only that very
script run, and data is embedded as JSON that cannot close its element. Templates are package data of `mas`, so they
are found in a checkout and in an installed wheel alike.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def template_text(name: str) -> str:
    """The text of a file in `mas/templates`, e.g. `template_text("page.css")`."""
    return resources.files("mas").joinpath("templates", name).read_text(encoding="utf-8")


def environment() -> Environment:
    """Jinja over `mas/templates`: everything escaped, an unknown name is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(loader=FunctionLoader(template_text), autoescape=True, undefined=StrictUndefined)


def safe_json(value: Any) -> str:
    """JSON that can stand inside a script element: no character of it can end the element or the string.

    Raises: ValueError: NaN or infinity, which JSON does not have.
    """
    text = json.dumps(value, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def joined_script(*parts: str) -> str:
    """Sources that share their names, as one script with no name outside."""
    return '"use strict";\n(() => {\n' + "".join(parts) + "})();\n"


def script_hash(script: str) -> str:
    """The name of an inline script in a content policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
