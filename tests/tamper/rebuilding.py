"""What an administrator can rebuild, who has the whole database and no key: tree, links, heads; and sign again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from ledger.chain.link import link_bytes, link_hash, salts_of
from ledger.chain.page import LinkPage, decode_page, encode_page
from ledger.codes import uri_of
from ledger.custody.event import MEDIA_TYPE
from ledger.log.merkle import leaf_hash, root_of
from ledger.log.statement import parse_statement, sign_statement
from ledger.log.tree import Tree
from ledger.store import tables
from tests.kit import Desk
from tests.tamper.attacks import is_row

__all__ = ["relink", "replant", "resign"]


def replant(connection: Connection) -> None:
    """Rebuild the tree from the leaves, as anybody can."""
    tree = Tree()
    order = select(tables.entry.c.leaf).order_by(tables.entry.c.log_index)
    tree.extend(list(connection.execute(order).scalars()))
    connection.execute(tables.tile.delete())
    for tile in tree.take_tiles():
        connection.execute(tables.tile.insert(), tile._asdict())


def relink(connection: Connection) -> None:
    """Rebuild every link, page and head of a pack from the leaves, as anybody with the salts can."""
    entries = {row.log_index: row for row in connection.execute(select(tables.entry))}
    newest: dict[str, bytes] = {}
    within: dict[int, int] = {}  # links so far of each statement
    order = (tables.link_page.c.seal, tables.link_page.c.page)
    for row in connection.execute(select(tables.link_page).order_by(*order)).all():
        page = decode_page(row.links)
        prevs, hashes = [], []
        for link in page.links():
            entry = entries[link.entry]
            number = within[link.entry] = within.get(link.entry, -1) + 1
            salt = salts_of(entry.salt, number + 1)[16 * number :]
            prevs.append(newest.get(link.code, bytes(32)))
            data = link_bytes(salt, link.seq, prevs[-1], entry.leaf, uri_of(link.code))
            newest[link.code] = link_hash(data)
            hashes.append(newest[link.code])
        columns = {name: getattr(page, name) for name in LinkPage.__struct_fields__}
        rebuilt = encode_page(LinkPage(**columns | {"prevs": b"".join(prevs)}))
        here = is_row(tables.link_page, row._mapping)
        connection.execute(
            tables.link_page.update().where(here).values(links=rebuilt, root=root_of(hashes))
        )
    for code, head in newest.items():
        connection.execute(tables.pack.update().where(tables.pack.c.code == code).values(head=head))


def resign(connection: Connection, index: int, by: Desk, **changes: Any) -> None:
    """Put another signature under the body at this index; `changes` replace what the statement claims."""
    old = connection.execute(select(tables.entry).where(tables.entry.c.log_index == index)).one()
    said = parse_statement(old.statement)
    claims: dict[str, Any] = {
        "issuer": said.issuer, "subject": said.subject, "issued_at": said.issued_at, "kind": said.kind,
        "media_type": MEDIA_TYPE, "digest": said.digest,
    }  # fmt: skip
    data = sign_statement(by.key, **(claims | changes))
    assert data != old.statement
    connection.execute(
        tables.entry.update().where(tables.entry.c.log_index == index)
        .values(statement=data, leaf=leaf_hash(data))
    )  # fmt: skip
    relink(connection)
    replant(connection)
