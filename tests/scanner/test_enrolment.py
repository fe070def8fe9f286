"""A station becomes one: its key, its folder, and who is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from ledger.client import Client
from ledger.errors import Denied, Misuse, NotVerified, Unavailable
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.note import ED25519, VerifierKey
from scanner.counter import open_counter
from scanner.enrol import enrol
from scanner.home import Home
from tests.kit import chance
from tests.scanner.kit import Place


def test_the_key_is_made_here_and_nobody_else_reads_it(place: Place) -> None:
    """The folder and its files are for their owner alone; the key in them is the one that the ledger registered."""
    post = place.enrol()
    for name in ("station.key", "station.json", "station.db"):
        assert stat.S_IMODE((post.home.folder / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(post.home.folder.stat().st_mode) == 0o700
    assert PrivateKey.from_pem((post.home.folder / "station.key").read_bytes()).public.thumbprint().hex() == (
        post.station.kid
    )


def test_a_second_device_is_refused(place: Place, tmp_path: Path) -> None:
    """The code of a station serves one key; another device with the same code is told nothing but no."""
    code = place.code_for("one")
    client = Client(place.url)
    given = {"vkey": "", "site": "", "offset": "+08:00", "machine": ""}
    enrol(Home(tmp_path / "a"), client, place.url, code, random=chance("a"), **given)
    with pytest.raises(Denied, match="enrolment-code-unknown"):
        enrol(Home(tmp_path / "b"), client, place.url, code, random=chance("b"), **given)
    assert not (tmp_path / "b" / "station.json").exists()
    with pytest.raises(Misuse, match="station-enrolled"):
        enrol(Home(tmp_path / "a"), client, place.url, code, random=chance("c"), **given)
    client.close()


def test_a_lost_answer_is_asked_for_again(place: Place, tmp_path: Path) -> None:
    """The key is on disk before the request; so the second try is with the same, and succeeds."""
    code, home, client = place.code_for("one"), Home(tmp_path / "a"), Client(place.url, seconds=3)
    given = {"vkey": place.world.trust.verifier_key, "site": "", "offset": "+08:00", "machine": ""}
    place.line.answers_lost = 1
    with pytest.raises(Unavailable, match="ledger-unreachable"):
        enrol(home, client, place.url, code, random=chance("a"), **given)
    station = enrol(home, client, place.url, code, random=chance("other"), **given)
    assert home.key() is not None
    assert station.station.endswith("/one")
    client.close()


def test_another_ledger_is_refused(place: Place, tmp_path: Path) -> None:
    """Whoever was told the ledger's key enrols at no other."""
    other = PrivateKey.from_seed(EDDSA, b"\1" * 32).public
    wrong = str(VerifierKey(place.world.trust.origin, ED25519, other))
    with pytest.raises(NotVerified, match="ledger-other-key"):
        place.enrol("one", vkey=wrong)


def test_a_folder_that_others_can_read_or_that_moved_is_not_opened(place: Place) -> None:
    """Nor one without a station in it."""
    post = place.enrol()
    with pytest.raises(Misuse, match="station-not-enrolled"):
        Home(place.folder / "nowhere").station("")
    moved = msgspec.structs.replace(post.station, machine="a" * 64)
    post.home.keep_station(moved)
    with pytest.raises(Misuse, match="station-moved"):
        post.home.station("b" * 64)
    post.home.keep_station(post.station)
    for name in ("station.key", "station.json"):
        path = post.home.folder / name
        path.chmod(0o640)
        with pytest.raises(Misuse, match="station-home-open"):
            open_counter(post.home, place.world.clock, os.urandom)
        path.chmod(0o600)
