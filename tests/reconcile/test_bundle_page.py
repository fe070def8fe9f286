"""The case's page as a court opens it: from a file, in a browser, on a desk or a phone."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from ledger import bundle as bundles
from ledger.bundle.form import PAGE, WRITER
from tests.reconcile.bundle_kit import members_of
from tests.scanner.browser import Desk, browser

MAKERS = ("page.html.jinja", "page.py", "words.py", "drawing.py")


def test_whoever_changes_the_page_says_so() -> None:
    """A bundle of before would else be refused, as one whose page was altered: raise WRITER, and write both here."""
    folder = Path(bundles.__file__).parent
    digest = sha256(b"".join((folder / name).read_bytes() for name in MAKERS)).hexdigest()
    assert (WRITER, digest[:16]) == ("packledger page 3", "ec3b3db9dcf0f30d")


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_for_everybody(bundle: Path, tmp_path: Path, width: int) -> None:
    """Axe finds nothing that keeps a reader out, and nothing is wider than the screen."""
    path = tmp_path / "page.html"
    path.write_bytes(members_of(bundle)[PAGE])
    with browser() as found:
        page = found.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
        page.goto(path.as_uri())
        assert Desk(page).axe() == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
