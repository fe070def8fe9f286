"""The second fence: what PostgreSQL itself shows the door's role of each table, whatever the program forgets to ask."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ledger.errors import Misuse
from ledger.identity.access import PUBLIC, Caller
from ledger.identity.registration import Role
from ledger.identity.sight import SIGHT
from ledger.store.database import Database
from ledger.store.fence import READABLE, Fence, grant_door, require_fenced
from tests.api.kit import ROLES, Door, problem
from tests.api.test_offices import acting, finding, told
from tests.api.test_persons import asked, scene
from tests.house.tree import REPOSITORY, load
from tests.kit import desk, patient

POLICIES: dict[str, str] = load(REPOSITORY / "migrations" / "versions" / "0003_fence.py").POLICIES


@pytest.fixture
def door_url(postgres_url: str) -> Iterator[str]:
    """Return the address of the database as a role that owns nothing; the role lives as long as the test."""
    name = f"packledger_door_{secrets.token_hex(4)}"
    url = make_url(postgres_url)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN".encode())
    try:
        yield url.set(username=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {name}".encode())
            connection.execute(f"DROP ROLE {name}".encode())


@pytest.fixture
def fenced(tmp_path: Path, postgres_url: str, door_url: str) -> Iterator[Door]:
    """Return a door that reads for offices as that role, over two offices' cases, findings, persons and looks."""
    door = Door(tmp_path / "home", postgres_url, door_database_url=door_url)
    owner = Database(postgres_url)
    grant_door(owner, str(make_url(door_url).username))
    owner.close()
    with door:
        door.find(finding(1), finding(2, "person"), finding(3, "network"), finding(4, "trade"))
        person = scene(door)
        for office in ("police", "insurer"):
            one = door.officer(office)
            told(door.post("/v1/cases", {"title": f"of the {office}"}, key=one))
            number = told(door.get("/v1/cases", key=one))["cases"][0]["number"]
            told(acting(door, one, number, "note", text="secret of the case"))
            wanted = {"person": person, "case": number, "reason": "why"}
            told(door.post("/v1/persons/acts", wanted, key=one))
        yield door


def rows(door: Door, caller: Caller, table: str, person: str = "") -> list[Any]:
    """Ask for a whole table, as a verb would that forgot the first fence."""
    fence: Fence = door.app.state.service.fence
    with fence.read(caller, person=person) as connection:
        return list(connection.execute(text(f"SELECT * FROM {table}")).mappings())


def caller(door: Door, name: str) -> Caller:
    """Return who asks when a party's key is shown."""
    with door.world.ledger.database.read() as connection:
        number = connection.execute(text("SELECT number FROM party WHERE uri = :uri"), {"uri": desk(name).party})
        return Caller(name=name, party=number.scalar_one(), roles=frozenset[Role]({ROLES[name]}))  # type: ignore[arg-type]


def test_a_query_that_forgets_who_asks_shows_nothing_foreign(fenced: Door) -> None:
    """Each office sees its own cases, their actions, its own looks; findings by grain; no person that was not named."""
    pseudonym = fenced.world.pseudonym(patient("CARD-4711-SECRET")).hex()
    for name in ROLES:
        who, office = caller(fenced, name), name in ("police", "insurer")
        sight = SIGHT[ROLES[name]]  # type: ignore[index]
        cases = rows(fenced, who, "case_state")
        assert [f" {who.party} " in row["offices"] for row in cases] == [True] * office, name
        assert {row["number"] for row in rows(fenced, who, "case_action")} == {row["number"] for row in cases}
        assert {row["grain"] for row in rows(fenced, who, "finding")} == sight.grains & {
            "pack", "person", "network", "trade",
        }, name  # fmt: skip
        assert len(rows(fenced, who, "finding_event")) == len(rows(fenced, who, "finding"))
        assert bool(rows(fenced, who, "pack")) is (sight.packs == "all" or name == "pharmacy"), name
        entries = rows(fenced, who, "entry")
        assert sum(row["kind"] == "action" for row in entries) == 2 * office, name
        assert sum(row["kind"] == "look" for row in entries) == {"police": 1, "insurer": 2}.get(name, 0), name
        assert rows(fenced, who, "person") == rows(fenced, who, "confidential") == []
        named = rows(fenced, who, "confidential", pseudonym)
        assert {bytes(row["person"]).hex() for row in named} == ({pseudonym} if sight.persons else set()), name
        assert len(rows(fenced, who, "person", pseudonym)) == int(sight.persons)


def test_who_is_not_told_sees_nothing(fenced: Door, door_url: str) -> None:
    """The public, and a connection on which nothing was told at all: no row of any table with a policy."""
    for table in sorted(set(POLICIES) - {"entry"}):
        assert rows(fenced, PUBLIC, table) == [], table
    bare = Database(door_url)
    with bare.read() as connection:
        for table in sorted(set(POLICIES) - {"entry"}):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
        kinds = set(connection.execute(text("SELECT DISTINCT kind FROM entry")).scalars())
    assert kinds.isdisjoint({"action", "look"})
    bare.close()


def test_what_was_told_ends_with_the_transaction(fenced: Door) -> None:
    """A connection that comes back from the pool knows nothing of who asked before."""
    police = caller(fenced, "police")
    for _ in range(20):
        assert len(rows(fenced, police, "case_state")) == 1
        assert rows(fenced, PUBLIC, "case_state") == []


def test_the_second_fence_holds_where_the_first_is_open(fenced: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the program's own question always answered yes, another's case is unknown still."""
    monkeypatch.setattr("ledger.office.cases.may_see_case", lambda *_: True)
    monkeypatch.setattr("ledger.office.findings.may_see_finding", lambda *_: True)
    numbers = [
        told(fenced.get("/v1/cases", key=fenced.keys[name]))["cases"][0]["number"] for name in ("police", "insurer")
    ]
    told(fenced.get(f"/v1/cases/{numbers[0]}", key=fenced.keys["police"]))
    problem(fenced.get(f"/v1/cases/{numbers[1]}", key=fenced.keys["police"]), 404, "case-unknown")
    hidden = finding(2, "person").id
    told(fenced.get(f"/v1/findings/{hidden}", key=fenced.keys["police"]))
    problem(fenced.get(f"/v1/findings/{hidden}", key=fenced.keys["tax"]), 404, "finding-unknown")


def test_without_a_second_fence_the_first_is_all(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: on SQLite the same mistake shows the case; and the server said that it has one fence."""
    told(quick_door.post("/v1/cases", {"title": "x"}, key=quick_door.officer("police")))
    problem(quick_door.get("/v1/cases/1", key=quick_door.keys["insurer"]), 404, "case-unknown")
    monkeypatch.setattr("ledger.office.cases.may_see_case", lambda *_: True)
    told(quick_door.get("/v1/cases/1", key=quick_door.keys["insurer"]))
    assert [line["fences"] for line in quick_door.journal if line["event"] == "open"] == [1]


def test_everything_works_behind_both_fences(fenced: Door) -> None:
    """A name is told, a pack's story too; and the server says that there are two."""
    person = fenced.world.pseudonym(patient("CARD-4711-SECRET")).hex()
    one, two = fenced.officer("police", 2), fenced.officer("police", 3)
    number = told(fenced.get("/v1/cases", key=one))["cases"][0]["number"]
    ask = asked(fenced, one, number, person)
    told(acting(fenced, two, number, "allow-name", ask=ask))
    answer = fenced.post("/v1/persons/names", {"case": number, "ask": ask, "reason": "why"}, key=one)
    assert told(answer)["idNumber"] == "CARD-4711-SECRET"
    assert told(fenced.get("/v1/packs?code=87709840000000000001", key=one))["state"] == "dispensed"
    assert len(told(fenced.get("/v1/looks", key=fenced.keys["insurer"]))["looks"]) == 3
    assert [line["fences"] for line in fenced.journal if line["event"] == "open"] == [2]


def test_the_doors_role_writes_nothing_and_reads_no_secrets(fenced: Door, door_url: str) -> None:
    """Neither a row of its own, nor the digests of others' keys; and no policy can be lifted."""
    address = make_url(door_url).set(drivername="postgresql").render_as_string(hide_password=False)
    for statement in (
        "DELETE FROM case_state", "UPDATE finding SET is_open = 0", "INSERT INTO saved_query VALUES (1, 'x', 0, 0, '')",
        "SELECT * FROM api_key", "SELECT * FROM enrolment_code", "ALTER TABLE case_state DISABLE ROW LEVEL SECURITY",
        "DROP POLICY case_state_shown ON case_state", "SET ROLE postgres", "CREATE TABLE public.x (y int)",
    ):  # fmt: skip
        with psycopg.connect(address) as connection, pytest.raises(psycopg.Error):
            connection.execute(statement.encode())


def test_every_table_that_is_granted_was_thought_of(fenced: Door) -> None:
    """What the role may read either has a policy that is in force, or is for everybody who may ask at all."""
    everybodys = {
        "alembic_version", "finding_rule", "finding_run", "key", "ledger", "link_page", "party", "product", "recall",
        "revocation", "site", "station",
    }  # fmt: skip
    assert set(READABLE) == set(POLICIES) | everybodys
    query = text("SELECT relname FROM pg_class WHERE relrowsecurity")
    with fenced.world.ledger.database.read() as connection:
        assert set(connection.execute(query).scalars()) == set(POLICIES)


def test_a_fence_with_a_hole_is_refused(fenced: Door, postgres_url: str, door_url: str) -> None:
    """Whoever opened a policy is told of when the server begins; with all of them in force, it begins."""
    door = Database(door_url)
    require_fenced(door)
    mend = f"ALTER POLICY pack_shown ON pack USING ({POLICIES['pack']})"
    for hole, mended in (
        ("ALTER TABLE pack DISABLE ROW LEVEL SECURITY", "ALTER TABLE pack ENABLE ROW LEVEL SECURITY"),
        ("ALTER POLICY pack_shown ON pack USING (true)", mend),
        (f"ALTER POLICY pack_shown ON pack USING (({POLICIES['pack']}) OR true)", mend),
        ("CREATE POLICY more ON case_state FOR SELECT USING (true)", "DROP POLICY more ON case_state"),
    ):
        _as_owner(postgres_url, hole)
        with pytest.raises(Misuse, match="fence-altered"):
            require_fenced(door)
        _as_owner(postgres_url, mended)
        require_fenced(door)
    door.close()


def _as_owner(url: str, statement: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_role_above_the_policies_is_refused(
    tmp_path: Path, postgres_url: str, door_url: str, sqlite_url: str
) -> None:
    """The owner, a superuser, a member of the owner, SQLite: a server that was to have two fences does not begin."""
    door = Door(tmp_path / "home", postgres_url, door_database_url=postgres_url)
    with pytest.raises(Misuse) as caught, door:
        pass
    assert caught.value.code == "fence-open"
    name = str(make_url(door_url).username)
    database = Database(postgres_url)
    with pytest.raises(Misuse) as caught:
        grant_door(database, "nobody_of_this_name")
    assert caught.value.code == "role-unknown"
    grant_door(database, name)
    own = Database(door_url)
    require_fenced(own)
    with database.write() as connection:
        connection.execute(text(f"GRANT postgres TO {name}"))
    with pytest.raises(Misuse):
        require_fenced(own)
    own.close()
    for ask in (lambda: require_fenced(Database(sqlite_url)), lambda: grant_door(Database(sqlite_url), "x")):
        with pytest.raises(Misuse):
            ask()
    database.close()
