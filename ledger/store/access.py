"""API keys and enrolment codes: who may ask at the door. Times are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, bindparam, select, update

from ledger.store import tables

__all__ = [
    "ApiKey", "EnrolmentCode", "Whose", "claim_code", "find_api_keys", "find_code", "insert_api_key", "insert_code",
    "keys_of_station", "list_api_keys", "note_api_key", "revoke_api_key", "roles_of_party", "site_of_station",
    "station_of",
]  # fmt: skip

_key = tables.api_key.c
_code = tables.enrolment_code.c


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `api_key`; `roles` and `actions` are words with blanks between them, no action is all of them."""

    id: str
    digest: bytes
    party_number: int
    station_number: int
    roles: str
    actions: str
    label: str
    made: int
    expires: int
    revoked: int | None = None


class Whose(msgspec.Struct, frozen=True):
    """An API key, with what the registry says today of its party and its station's site (0 for none)."""

    key: ApiKey
    party_uri: str
    party_roles: str
    site: int


class EnrolmentCode(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `enrolment_code`."""

    digest: bytes
    station: str
    made: int
    expires: int
    used: int | None = None
    kid: bytes | None = None
    api_key: str | None = None


def _whose() -> Select[Any]:
    party, station = tables.party.c, tables.station.c
    return (
        select(tables.api_key, party.uri, party.roles.label("party_roles"), station.site_number)
        .join_from(tables.api_key, tables.party, party.number == _key.party_number)
        .outerjoin(tables.station, station.number == _key.station_number)
    )


_FIND: Final = _whose().where(_key.id.in_(bindparam("ids", expanding=True)))
_LIST: Final = _whose().order_by(_key.made, _key.id)


def _rows(connection: Connection, query: Select[Any], values: dict[str, Any]) -> Iterator[Whose]:
    for *columns, uri, party_roles, site in connection.execute(query, values):
        row: dict[str, Any] = dict(zip(ApiKey.__struct_fields__, columns, strict=True))
        yield Whose(ApiKey(**row | {"digest": bytes(row["digest"])}), uri, party_roles, site or 0)


def find_api_keys(connection: Connection, ids: Sequence[str]) -> dict[str, Whose]:
    """Return those of these API keys that exist, by their ids."""
    return {whose.key.id: whose for whose in _rows(connection, _FIND, {"ids": list(ids)})}


def list_api_keys(connection: Connection) -> list[Whose]:
    """Return all API keys, the oldest first."""
    return list(_rows(connection, _LIST, {}))


def insert_api_key(connection: Connection, key: ApiKey) -> None:
    """Add an API key."""
    connection.execute(tables.api_key.insert(), msgspec.structs.asdict(key))


def revoke_api_key(connection: Connection, key_id: str, at: int) -> bool:
    """End an API key, unless it ended before; say whether there is one of this id."""
    ended = update(tables.api_key).where(_key.id == key_id, _key.revoked.is_(None)).values(revoked=at)
    connection.execute(ended)
    return connection.execute(select(_key.id).where(_key.id == key_id)).first() is not None


def roles_of_party(connection: Connection, uri: str) -> tuple[int, str] | None:
    """Return (number, roles with blanks between them) of the party with this URI, or None."""
    party = tables.party.c
    row = connection.execute(select(party.number, party.roles).where(party.uri == uri)).one_or_none()
    return None if row is None else (row.number, row.roles)


def station_of(connection: Connection, uri: str) -> tuple[int, int, str, str] | None:
    """Return (station's number, party's number, party's URI, party's roles) of a station, or None."""
    station, site, party = tables.station.c, tables.site.c, tables.party.c
    row = connection.execute(
        select(station.number, party.number, party.uri, party.roles)
        .join_from(tables.station, tables.site, site.number == station.site_number)
        .join(tables.party, party.number == site.party_number)
        .where(station.uri == uri)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def keys_of_station(connection: Connection, station: int) -> list[tuple[str, bytes, int]]:
    """Return (URI of the station, thumbprint, valid from) of a station's keys, the newest first."""
    key = tables.key.c
    query = (
        select(tables.station.c.uri, key.kid, key.valid_from)
        .join(tables.station, tables.station.c.number == key.station_number)
        .where(key.station_number == station)
        .order_by(key.number.desc())
    )
    return [(uri, bytes(kid), valid_from) for uri, kid, valid_from in connection.execute(query)]


def site_of_station(connection: Connection, station: int) -> int:
    """Return the number of the site where a station stands; 0 for no station."""
    query = select(tables.station.c.site_number).where(tables.station.c.number == station)
    return connection.execute(query).scalar_one_or_none() or 0


def insert_code(connection: Connection, code: EnrolmentCode) -> None:
    """Add an enrolment code."""
    connection.execute(tables.enrolment_code.insert(), msgspec.structs.asdict(code))


def find_code(connection: Connection, digest: bytes) -> EnrolmentCode | None:
    """Return the enrolment code with this digest, or None."""
    row = connection.execute(select(tables.enrolment_code).where(_code.digest == digest)).one_or_none()
    if row is None:
        return None
    kid = None if row.kid is None else bytes(row.kid)
    return EnrolmentCode(
        digest=bytes(row.digest), station=row.station, made=row.made, expires=row.expires, used=row.used, kid=kid,
        api_key=row.api_key,
    )  # fmt: skip


def claim_code(connection: Connection, digest: bytes, kid: bytes, at: int) -> None:
    """Use an enrolment code for the key with this thumbprint, unless it was used before."""
    connection.execute(
        update(tables.enrolment_code)
        .where(_code.digest == digest, _code.used.is_(None))
        .values(used=at, kid=kid)
    )


def note_api_key(connection: Connection, digest: bytes, key_id: str) -> None:
    """Note which API key a station was given for its code."""
    connection.execute(update(tables.enrolment_code).where(_code.digest == digest).values(api_key=key_id))
