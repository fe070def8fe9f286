"""The tables, for SQLite and PostgreSQL alike. This file and the migrations are the only schema.

The log and what it carries:
    entry         one statement: a leaf of the log, with its body, the salt of its links, and its claim:
                  what stories need of the body (docs/formats/claim.md), derived like the tables below
    link_page     up to 256 links of one seal, packed (docs/formats/link-page.md)
    tile          hashes of the Merkle tree (C2SP tlog-tiles, height 8)
    checkpoint    each signed tree head that left the house
Derived from them, and compared with them by `verify`:
    pack          where each pack stands: its custody and the head of its chain
    anomaly       what was wrong, for lists
    party site station key revocation product recall      the registrations in force
    case_state    where each case stands: what its actions made of it
    case_action   which case each action is about, and why it does not count, if so
Made by the rules from the lake, and made again by whoever runs them (`RECOMPUTED`):
    finding       what a rule found about one subject
    finding_event when it came, changed, went and came back
    finding_run   each run, with the log it read
    finding_rule  the texts of the rules that ran
Who may ask at the door (`DOOR`); no evidence, and not in the log, for their secrets come and go:
    api_key       one API key, without its secret
    enrolment_code one code by which a station enrols, without the code
    saved_query   a question to the lake that an office asks again and again
    and what EPCIS's interface keeps: `store/exchange.py`
Personal, erasable:
    person        one wrapped data key a person
    confidential  one encrypted part a statement

`ledger` holds one row: whose ledger this is. A `*_number` or `number` is the log index of the registration
that made the row: short, stable, and the proof is one look away. Times are seconds since the epoch.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, text

from ledger.store.columns import Ascii, metadata
from ledger.store.columns import number as _number
from ledger.store.columns import required as _required
from ledger.store.columns import table as _table
from ledger.store.exchange import EXCHANGE

__all__ = [
    "APPEND_ONLY", "DOOR", "OFFICE_KINDS", "RECOMPUTED", "STOP_KINDS", "anomaly", "api_key", "case_action",
    "case_state", "checkpoint", "confidential", "enrolment_code", "entry", "finding", "finding_event",
    "finding_rule", "finding_run", "key", "ledger", "link_page", "metadata", "pack", "party", "person", "product",
    "recall", "revocation", "saved_query", "site", "station", "tile",
]  # fmt: skip

ledger = _table(
    "ledger",
    _required("origin", Ascii, primary_key=True),
    _required("verifier_key", Ascii),
)

entry = Table(
    "entry",
    metadata,
    _number("log_index"),
    _required("kind", Ascii),
    _required("leaf", LargeBinary, unique=True),
    _required("salt", LargeBinary),
    _required("statement", LargeBinary),
    _required("claim", LargeBinary),
    # Last: SQLite reads what stands before it without walking through it.
    _required("body", LargeBinary),
)

# What offices state is little among much; with this it is read without the rest.
OFFICE_KINDS: Final = "kind IN ('action', 'look', 'rule', 'seizure')"
Index("entry_office", entry.c.log_index, postgresql_where=text(OFFICE_KINDS), sqlite_where=text(OFFICE_KINDS))

# So is what says that packs left the trade unlawfully: the stop list for offline use is made from it.
STOP_KINDS: Final = "kind IN ('loss', 'seizing', 'seizure', 'theft')"
Index("entry_stop", entry.c.log_index, postgresql_where=text(STOP_KINDS), sqlite_where=text(STOP_KINDS))

link_page = Table(
    "link_page",
    metadata,
    _number("seal"),
    _required("page", Integer, primary_key=True, autoincrement=False),
    _required("root", LargeBinary),
    _required("links", LargeBinary),
)

pack = _table(
    "pack",
    _required("code", Ascii, primary_key=True),
    _required("state", SmallInteger),
    _required("holder", BigInteger),
    Column("parent", Ascii),
    _required("seq", Integer),
    _required("head", LargeBinary),
    _required("seal", BigInteger),
    _required("position", Integer),
    _required("custody", LargeBinary),
    # A third of each page stays free, so that a pack's next event rewrites its row in place (HOT).
    postgresql_with={"fillfactor": 70},
)
Index(
    "pack_parent",
    pack.c.parent,
    postgresql_where=pack.c.parent.is_not(None),
    sqlite_where=pack.c.parent.is_not(None),
)

anomaly = _table(
    "anomaly",
    _number("log_index"),
    _required("code", Ascii, primary_key=True),
    _required("name", Ascii, primary_key=True),
)

tile = Table(
    "tile",
    metadata,
    _required("level", SmallInteger, primary_key=True, autoincrement=False),
    _number(),
    _required("hashes", LargeBinary),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    _number("size"),
    _required("note", LargeBinary),
)

party = _table(
    "party",
    _number(),
    _required("uri", Ascii, unique=True),
    _required("name_en", Text),
    _required("name_zh", Text),
    _required("roles", Ascii),
    _required("region", Ascii),
)

site = _table(
    "site",
    _number(),
    _required("uri", Ascii, unique=True),
    _required("party_number", BigInteger, index=True),
    _required("name_en", Text),
    _required("name_zh", Text),
    _required("region", Ascii),
)

station = _table(
    "station",
    _number(),
    _required("uri", Ascii, unique=True),
    _required("site_number", BigInteger),
)

key = _table(
    "key",
    _number(),
    _required("kid", LargeBinary, unique=True),
    _required("station_number", BigInteger),
    _required("alg", SmallInteger),
    _required("public", LargeBinary),
    _required("valid_from", BigInteger),
    _required("valid_until", BigInteger),
)

revocation = _table(
    "revocation",
    _number(),
    _required("kid", LargeBinary, unique=True),
    _required("reason", Ascii),
    _required("since", BigInteger),
)

product = _table(
    "product",
    _number(),
    _required("id", Ascii, unique=True),
    _required("maker_number", BigInteger),
    _required("name_en", Text),
    _required("name_zh", Text),
    _required("price_cents", BigInteger),
    _required("weight_milligrams", BigInteger),
    _required("supply_days", Integer),
    _required("strength", Text),
)

recall = _table(
    "recall",
    _number(),
    _required("product_id", Ascii, index=True),
    _required("batch", Ascii, primary_key=True),
)

person = _table(
    "person",
    _required("pseudonym", LargeBinary, primary_key=True),
    Column("wrapped", LargeBinary),
    _required("erased", BigInteger),  # log index of the last erasure, 0 for none
)

confidential = Table(
    "confidential",
    metadata,
    _number("log_index"),
    _required("person", LargeBinary),
    _required("sealed", LargeBinary),
)

case_state = Table(
    "case_state",
    metadata,
    _number(),  # the how-many-th case, from 1
    _required("uri", Ascii, unique=True),
    _required("opened", BigInteger),
    _required("last", BigInteger),
    _required("state", SmallInteger),  # place in `papers.case.CASE_STATES`
    _required("office", BigInteger),
    _required("officer", BigInteger),
    Column("deadline", BigInteger),
    _required("offices", Ascii),  # numbers of those who hold or held it, a blank before and after each
    _required("data", LargeBinary),  # the whole `papers.case.Case`, which the columns above repeat
)

case_action = Table(
    "case_action",
    metadata,
    _number("log_index"),
    _required("number", BigInteger, index=True),  # of the case, 0 for none
    _required("fault", Ascii),  # why it does not count, empty when it does
)

finding_run = Table(
    "finding_run",
    metadata,
    _number(),
    _required("at", BigInteger),
    _required("tree_size", BigInteger),
    _required("root", LargeBinary),
)

finding_rule = _table(
    "finding_rule",
    _required("version", LargeBinary, primary_key=True),
    _required("rule", Ascii),
    _required("text", LargeBinary),
)

finding = _table(
    "finding",
    _required("id", LargeBinary, primary_key=True),
    _required("rule", Ascii),
    _required("is_open", SmallInteger),
    _required("severity", SmallInteger),
    _required("score", SmallInteger),
    _required("cents", BigInteger),
    _required("first_run", BigInteger),
    _required("run", BigInteger),  # which gave it its present form
    _required("grain", Ascii),  # what the subject is: who may see it depends on that
    _required("data", LargeBinary),  # the whole `reconcile.findings.Finding`
)

finding_event = _table(
    "finding_event",
    _required("id", LargeBinary, primary_key=True),
    _required("run", BigInteger, primary_key=True, autoincrement=False),
    _required("what", Ascii),
    _required("reason", Ascii),
)

api_key = _table(
    "api_key",
    _required("id", Ascii, primary_key=True),
    _required("digest", LargeBinary),
    _required("party_number", BigInteger),
    _required("station_number", BigInteger),  # 0 for none
    _required("roles", Ascii),
    _required("actions", Ascii),  # empty for all that the roles grant
    _required("label", Text),
    _required("made", BigInteger),
    _required("expires", BigInteger),
    Column("revoked", BigInteger),
)

enrolment_code = _table(
    "enrolment_code",
    _required("digest", LargeBinary, primary_key=True),
    _required("station", Ascii),
    _required("made", BigInteger),
    _required("expires", BigInteger),
    Column("used", BigInteger),
    Column("kid", LargeBinary),  # of the key that it was used for
    Column("api_key", Ascii),  # id of the API key that the station was given
)

saved_query = _table(
    "saved_query",
    _required("party_number", BigInteger, primary_key=True, autoincrement=False),
    _required("name", Ascii, primary_key=True),
    _required("station_number", BigInteger),  # who kept it
    _required("made", BigInteger),
    _required("query", LargeBinary),
)

# Whoever owns the database can let anybody in at the door; nobody can thereby change what the log says.
DOOR: Final = ("api_key", "enrolment_code", "saved_query", *EXCHANGE)

# Nothing is believed because it stands here: a run of the rules makes these tables again, and mends them.
RECOMPUTED: Final = ("finding", "finding_event", "finding_rule", "finding_run")

# Rows of these tables are never changed or taken away; triggers refuse it (a fence, the proof is the log).
APPEND_ONLY: Final = (
    "ledger", "entry", "link_page", "checkpoint", "anomaly", "confidential",
    "party", "site", "station", "key", "revocation", "product", "recall",
)  # fmt: skip
