"""The bounds of the station alone, in the manner of `ledger/limits.py`."""

from __future__ import annotations

from typing import Final

# A picture from a camera or a flatbed scanner; a photograph of 12 megapixels is some 5 MiB.
PICTURE_BYTES_MAX: Final = 32 * 1_048_576

# Pixels of a picture: an A4 page at 600 dots an inch has 35 million; more is a bomb, or a poster.
PICTURE_PIXELS_MAX: Final = 40_000_000

# A picture in which nothing was found is looked at again, turned, smoothed, enlarged, if it is no larger than this:
# what a camera at a counter gives; a whole page at 600 dots an inch would take seconds.
PICTURE_PIXELS_HELPED_MAX: Final = 4_000_000

# Labels in one PDF: some thirty sheets, which is what one sits before a printer for.
LABELS_PER_SHEET_MAX: Final = 1_000

# Events that a station hands in at once: few enough for a slow line, and no more than the ledger takes.
STATION_BATCH_EVENTS_MAX: Final = 64

# Bytes of such a batch: a quarter of what the ledger takes in one request.
STATION_BATCH_BYTES_MAX: Final = 4 * 1_048_576

# Heads of receipts that one sync of a station proves against the newest checkpoint; the next goes on.
STATION_HEADS_PROVEN_MAX: Final = 64

# A station asks for news at least this often, so that a stop list is minutes old and not hours.
STATION_SYNC_SECONDS_MAX: Final = 60

# A station that cannot reach the ledger tries again after at most this long.
STATION_RETRY_SECONDS_MAX: Final = 30

# A station is online while the ledger answered within this time: a sync and its retry.
STATION_ONLINE_SECONDS_MAX: Final = 150

# Keystrokes of one scan in the page: the longest code with Shift, and Alt with four digits for some characters.
PAGE_STROKES_MAX: Final = 4_096

# Events that the page lists: what one scrolls through; the rest is found by searching.
PAGE_ENTRIES_MAX: Final = 200

# Batches under recall that are listed beside a pack whose own is not known: what one compares by eye.
RECALLED_SHOWN_MAX: Final = 24

# Look-ups in one sync for batches and dates of packs: 2,000 packs, a minute's share of a shop; the next goes on.
STATION_LOOKUPS_MAX: Final = 20
