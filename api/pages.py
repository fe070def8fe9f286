"""Pages for people: rendered here, whole, without script and without anything from elsewhere.

A page may style itself by the one sheet that stands in it, and send its form home; nothing else.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from api.language import Language

__all__ = ["HTML", "page"]

HTML: Final = "text/html"
_STYLE: Final = files("api").joinpath("templates/style.css").read_text("utf-8")
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex",
}
_environment: Final = Environment(
    loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def page(name: str, language: Language, status: int = 200, **values: Any) -> Response:
    """Return the page of this template."""
    # The sheet is ours, and its bytes are what the header's hash is of.
    style = Markup(_STYLE)  # noqa: S704
    text = _environment.get_template(f"{name}.html.jinja").render(language=language, style=style, **values)
    headers = {**_HEADERS, "Content-Language": language, "Vary": "Accept-Language"}
    return Response(text, status, headers, HTML)
