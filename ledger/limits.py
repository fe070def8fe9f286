"""Every bound in one place: its value, its unit (last in the name) and its reason.

`docs/reference/limits.md` is generated from this file, and a test holds the two together:
each constant carries its reason in the comment lines above it.
"""

from __future__ import annotations

from typing import Final

# A statement is some 250 bytes; four times that leaves room for long URIs and a larger signature suite.
STATEMENT_BYTES_MAX: Final = 2_048

# A body of 10,000 codes is about 400 KiB; twice that is generous, more is a mistake or an attack.
BODY_BYTES_MAX: Final = 1_048_576

# One event names at most this many codes: the largest shipment note seen in practice, times three.
CODES_PER_EVENT_MAX: Final = 10_000

# One statement may touch at most this many packs, counting those inside the cases it names.
LINKS_PER_STATEMENT_MAX: Final = 100_000

# Cases inside cases: pack, bundle, carton, pallet, container is five; three more for odd trades.
CASE_DEPTH_MAX: Final = 8

# Nested JSON deeper than this is not an event that anybody wrote by hand or by program.
JSON_DEPTH_MAX: Final = 32

# The personal fields of one dispensing take a few hundred bytes.
CONFIDENTIAL_BYTES_MAX: Final = 8_192

# A URI of a party, site, station or event id; the longest in the standards' examples is under 120.
URI_CHARACTERS_MAX: Final = 256

# A scan is at most a GS1 Digital Link with four identifiers; longer text was not one scan.
SCAN_CHARACTERS_MAX: Final = 1_024

# A GS1 serial or batch number (AI 21, AI 10) has at most 20 characters (GS1 General Specifications 3.4.4, 3.5.2).
GS1_TEXT_CHARACTERS_MAX: Final = 20

# A signed note with every witness of a country fits easily; C2SP signed-note asks for at least 16 signatures.
NOTE_BYTES_MAX: Final = 65_536
NOTE_SIGNATURES_MAX: Final = 100

# A proof path has one hash for each level of the tree; 63 levels hold every index that fits 64 bits signed.
PROOF_HASHES_MAX: Final = 63

# C2SP tlog-tiles: entries in a bundle carry a 16-bit length.
BUNDLE_ENTRY_BYTES_MAX: Final = 65_535

# Submissions that share one transaction and one seal; beyond this a commit no longer gets cheaper a piece.
GROUP_SUBMISSIONS_MAX: Final = 256

# Links that share one seal: bounds the memory of a group whatever its submissions hold.
GROUP_LINKS_MAX: Final = 200_000

# Links in one stored page: a page is read whole to follow one pack, so it stays near 20 KiB.
PAGE_LINKS_MAX: Final = 256

# A line of an upload file holds one submission: statement, body and confidential part, with base64 and escapes.
UPLOAD_LINE_BYTES_MAX: Final = 4 * 1_048_576

# An event time further than this from the time of receipt is worth a remark; clocks drift seconds, not minutes.
CLOCK_SKEW_SECONDS_MAX: Final = 300

# The same station scanning the same pack for the same act within this time is a double beep, not a second act.
REPEAT_SCAN_SECONDS_MAX: Final = 600

# A dispense may be undone by the same party at the same site within this time (as in the EU's Article 13).
UNDO_DISPENSE_SECONDS_MAX: Final = 10 * 86_400

# A station may be offline this long; a claim older than this is no longer an offline upload.
OFFLINE_SECONDS_MAX: Final = 10 * 86_400

# A pack's chain read for a story; the longest honest life of a pack is under a hundred events.
CHAIN_LINKS_MAX: Final = 10_000

# The ledger waits this long for another writer before it says that the database is busy.
WRITER_WAIT_SECONDS_MAX: Final = 30
