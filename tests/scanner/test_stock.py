"""Own stock offline: what the ledger told of this site, and what was done here since; in the ledger's own words."""

from __future__ import annotations

import msgspec

from ledger.identity.registration import Site
from tests.scanner.kit import Place, Post


def offline(place: Place, post: Post, pack: str, mode: str) -> tuple[str, ...]:
    """Return what the station finds wrong without the network; the next look is no double beep."""
    place.line.down = True
    said = post.scan(pack, mode, destination=place.world.distributor.party).said
    place.line.down = False
    place.world.wait(700)
    return said.anomalies


def test_another_station_of_the_site_took_it_in(place: Place) -> None:
    """What one station received, dispensed and shipped, the other knows offline."""
    one, two = place.enrol("one"), place.enrol("two")
    packs = place.stock(4)
    for pack in packs[:3]:
        one.scan(pack, "receive")
    one.scan(packs[1], "dispense-self-pay")
    one.scan(packs[2], "ship", destination=place.world.distributor.party)
    one.sync()
    place.world.wait(700)
    two.sync()
    assert offline(place, two, packs[0], "receive") == ("received-never-shipped",)
    assert offline(place, two, packs[1], "dispense-self-pay") == ("already-dispensed-here",)
    assert offline(place, two, packs[2], "ship") == ("not-in-custody",)
    assert offline(place, two, packs[3], "dispense-self-pay") == ("not-in-custody",)
    assert offline(place, two, packs[0], "dispense-self-pay") == ()


def test_what_was_done_here_since_counts_first(place: Place) -> None:
    """Received after the list, it is here; dispensed after it, it is not; and not when that was taken back."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.sync()
    assert offline(place, post, pack, "receive") == ()
    assert offline(place, post, pack, "dispense-self-pay") == ()
    assert offline(place, post, pack, "ship") == ("already-dispensed-here",)
    post.sync()
    for entry in post.outbox.of_code(pack.rpartition(":")[2])[1:]:
        post.counter.undo(entry.number)
    assert offline(place, post, pack, "inspect") == ()


def test_the_ledger_says_the_same_later(place: Place) -> None:
    """A pack that is here already, received again: the verdict of the station is that of the ledger."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack, "receive")
    post.sync()
    place.world.wait(700)
    said = post.scan(pack, "receive").said
    post.sync()
    entry = post.outbox.of_code(pack.rpartition(":")[2])[-1]
    assert said.anomalies == entry.said.anomalies == ("received-never-shipped",)


def test_another_site_of_the_party_may_have_it(place: Place) -> None:
    """A pack that no list names is no other organisation's for that; only the ledger knows."""
    world = place.world
    post, packs = place.enrol(), place.stock(2)
    post.sync()
    assert offline(place, post, packs[0], "dispense-self-pay") == ("not-in-custody",)
    (site,) = (each for each in world.enrolment(world.pharmacy, "dispenser") if isinstance(each, Site))
    world.record(world.register(msgspec.structs.replace(site, uri="https://pharmacy.example/annex")))
    post.sync()
    assert offline(place, post, packs[1], "dispense-self-pay") == ()


def test_without_a_list_nothing_is_missed(place: Place) -> None:
    """A station that was never told its stock blames no pack for not being in it."""
    post, (pack,) = place.enrol(), place.stock(1)
    assert post.scan(pack, "dispense-self-pay").said.anomalies == ()
