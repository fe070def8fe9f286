"""A pack, as an office may see it: its story, and the open findings about it."""

from __future__ import annotations

from ledger.codes import product_of
from ledger.errors import Misuse
from ledger.identity.access import Caller
from ledger.identity.sight import may_see_finding, may_see_pack
from ledger.reconcile.findings.finding import finding_id
from ledger.store.database import Connection, Database
from ledger.store.fence import Fence
from ledger.store.findings import findings_by_id, rules_that_ran
from ledger.store.registry import Registry
from ledger.trace import Story, story_in

__all__ = ["findings_about", "visible_story"]


def visible_story(database: Database, fence: Fence, caller: Caller, code: str) -> Story:
    """Return the story of the pack with this key.

    Raises:
        Misuse: `pack-unknown` when the ledger never heard of it, or the caller may not see it.
    """
    registry = Registry()
    with fence.read(caller) as connection:
        story = story_in(database, connection, registry, code)
        maker = registry.facts(connection, product_of(code)).maker
    if not may_see_pack(caller, story.custody, maker):
        raise Misuse("pack-unknown", code)
    return story


def findings_about(connection: Connection, caller: Caller, code: str) -> list[str]:
    """Return the ids of the open findings about a pack that the caller may see, ascending.

    A finding's id is made of its rule and its subject: nothing has to be searched.
    """
    if not may_see_finding(caller, "pack"):
        return []
    ids = sorted(finding_id(rule, code) for rule in rules_that_ran(connection))
    rows = findings_by_id(connection, [bytes.fromhex(each) for each in ids])
    return [row.id.hex() for row in rows if row.is_open and row.grain == "pack"]
