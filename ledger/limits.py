"""Every bound in one place: its value, its unit (last in the name) and its reason.

`docs/reference/limits.md` is generated from this file and from `scanner/limits.py`, which has those of the station
alone; a test holds page and files together: each constant carries its reason in the comment lines above it.
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

# A statement with body and confidential part beside it, and the few bytes between them.
ENVELOPE_BYTES_MAX: Final = 1_048_576 + 12_288

# The personal fields of one dispensing take a few hundred bytes.
CONFIDENTIAL_BYTES_MAX: Final = 8_192

# A captured document: what an ERP sends at a shift's end; a hundred events of ten thousand codes are 40 MiB.
CAPTURE_BYTES_MAX: Final = 16 * 1_048_576

# Events of one captured document: the largest that an ERP sends in one go; more go into further documents.
CAPTURE_EVENTS_MAX: Final = 1_000

# Captured documents that wait to be recorded, of all parties together: minutes of work, and 4 GiB at the very most.
CAPTURE_JOBS_WAITING_MAX: Final = 256

# What became of a captured document can be asked for this long.
CAPTURE_JOB_SECONDS_MAX: Final = 90 * 86_400

# Capture jobs on one page of their list.
CAPTURE_JOBS_PER_PAGE_MAX: Final = 100

# Keys that the gateway makes for one party, one after the other: two years each, or until revoked.
GATEWAY_KEYS_MAX: Final = 64

# Statements that the index of events reads on at a time: a second's work, and a short transaction.
EVENTS_INDEXED_AT_ONCE_MAX: Final = 2_048

# Rows of an index, or steps of chains, that one page of an answer looks at; a page may be short, and has a next one.
QUERY_ROWS_EXAMINED_MAX: Final = 10_000

# Bodies that one page of an answer reads; a page may be short, and has a next one.
QUERY_BODIES_EXAMINED_MAX: Final = 2_000

# Bytes of bodies that one page of an answer reads, so that a page of large shipments is not held in memory.
QUERY_BYTES_EXAMINED_MAX: Final = 32 * 1_048_576

# Named queries of one party, and subscriptions of one party: an ERP has some dozen.
QUERIES_PER_PARTY_MAX: Final = 100
SUBSCRIPTIONS_PER_PARTY_MAX: Final = 100

# Events in one delivery to a subscriber; one that answers 413 gets fewer.
DELIVERY_EVENTS_MAX: Final = 100

# A delivery must be taken within this time, answer included; Standard Webhooks asks for 15 to 30.
DELIVERY_SECONDS_MAX: Final = 20

# A delivery that is not taken is tried so often, each time later, over three days; then its subscription rests.
DELIVERY_ATTEMPTS_MAX: Final = 10

# Who subscribes signs with a secret of at least 128 bits, as 22 characters of base64 hold them.
SIGNATURE_TOKEN_CHARACTERS_MIN: Final = 22

# A secret longer than what HMAC-SHA-256 takes in at once gains nothing.
SIGNATURE_TOKEN_CHARACTERS_MAX: Final = 128

# A schedule that comes to no moment within this time, the 29th of February included, never does.
SCHEDULE_DAYS_MAX: Final = 8 * 366

# Who asks for everybody's events by more than their time names a span of time no longer than this.
QUERY_WINDOW_SECONDS_MAX: Final = 31 * 86_400

# Elements inside elements in a captured XML document; an event's extensions are half of it.
XML_DEPTH_MAX: Final = 32

# Elements and attributes of one XML document: the largest one holds some 370,000 codes, an element each.
XML_NODES_MAX: Final = 400_000

# Values in all extensions of one event, those inside others counted; partners' largest examples have a hundred.
EXTENSION_VALUES_MAX: Final = 10_000

# Namespaces that one event or one context may declare; partners' examples have three.
EXTENSION_NAMESPACES_MAX: Final = 32

# A number in an event, written out: decimal128 holds 34 digits; a measured value has under ten.
NUMBER_DIGITS_MAX: Final = 34

# Values of one parameter of a query, and parameters of one query; a form has a dozen.
QUERY_VALUES_MAX: Final = 200
QUERY_PARAMETERS_MAX: Final = 64

# A value in a query: a URI of an event, or a text of an extension.
QUERY_VALUE_CHARACTERS_MAX: Final = 512

# Events of one page of an answer; 30 unless the caller says otherwise (EPCIS 2.0 §12.7).
PAGE_EVENTS_MAX: Final = 1_000

# Events that `maxEventCount` or `eventCountLimit` may ask for; more are taken page by page.
QUERY_EVENTS_MAX: Final = 1_000_000

# A page token: a version, a position in the order and in the log, a count and a tag, in base64url.
PAGE_TOKEN_CHARACTERS_MAX: Final = 128

# A paper's lines, one a product and batch; the longest invoices of the trade have some hundreds.
PAPER_LINES_MAX: Final = 1_000

# A text that a person types: a reason, a department, a document's number.
TEXT_CHARACTERS_MAX: Final = 200

# A note, a reason or a report that an officer types into a case: a page.
NOTE_CHARACTERS_MAX: Final = 2_000

# A line of a seizure list that named no pack, kept to be read by people; a GS1 label with everything has under 90.
SEIZURE_TEXT_CHARACTERS_MAX: Final = 128

# Lines of a seizure list: thirty tons are some 750 thousand packs; held in memory, a million lines are 150 MiB.
SEIZURE_LINES_MAX: Final = 5_000_000

# Rows of a table in what is told of a seizure (institutions, cards, products, months): beyond, nobody reads.
TRACED_ROWS_MAX: Final = 1_000

# Findings that one action names: 10,000 ids are 350 KiB of body; more go into further actions.
ACTION_FINDINGS_MAX: Final = 10_000

# Findings of one case: a gang's packs and cards; with more, the case is several.
CASE_FINDINGS_MAX: Final = 50_000

# Statements that a closed finding names as what explains it; more say no more.
EXPLAINING_STATEMENTS_MAX: Final = 20

# A finding that names more persons than this is about a place; only a network of so many is about them.
GLUING_PERSONS_MAX: Final = 20

# A statement that more findings than this rest on is a shipment or a list; it says nothing of who belongs together.
STATEMENT_FINDINGS_MAX: Final = 20

# A party that more findings touch than this is a busy place; gangs have shops of their own, and few of them.
PARTY_FINDINGS_MAX: Final = 8

# A bundle's members: one for each ten thousand statements, each pack, each rule; more is no case file.
BUNDLE_MEMBERS_MAX: Final = 4_096

# What a zip says of 4,096 members: 46 bytes and a name each.
BUNDLE_LIST_BYTES_MAX: Final = 2_097_152

# What a bundle's index says of 4,096 members, and the checkpoint: it is read before anybody knows who wrote it.
BUNDLE_INDEX_BYTES_MAX: Final = 4_194_304

# One member of a bundle: the table of five million seized packs is the largest.
BUNDLE_MEMBER_BYTES_MAX: Final = 536_870_912

# All members of a bundle together, unpacked: the thirty tons with every statement are some two gigabytes.
BUNDLE_BYTES_MAX: Final = 8_589_934_592

# Statements in one member of a bundle: a few megabytes, so that none is held whole.
BUNDLE_CHUNK_STATEMENTS_MAX: Final = 10_000

# Packs whose whole chain a bundle holds; of more, the statements that are evidence must do.
BUNDLE_PEDIGREES_MAX: Final = 200

# Sales and settlements of seized packs that a bundle holds unless all are asked for; the table names every one.
BUNDLE_TRACED_STATEMENTS_MAX: Final = 20_000

# A URI of a party, site, station or event id; the longest in the standards' examples is under 120.
URI_CHARACTERS_MAX: Final = 256

# A scan is at most a GS1 Digital Link with four identifiers; longer text was not one scan.
SCAN_CHARACTERS_MAX: Final = 1_024

# Places in one text where a second code is looked for, once it did not read; two glued scans have one or two.
SCAN_SPLITS_MAX: Final = 32

# A GS1 serial or batch number (AI 21, AI 10) has at most 20 characters (GS1 General Specifications 3.4.4, 3.5.2).
GS1_TEXT_CHARACTERS_MAX: Final = 20

# A signed note with every witness of a country fits easily; C2SP signed-note asks for at least 16 signatures.
NOTE_BYTES_MAX: Final = 65_536
NOTE_SIGNATURES_MAX: Final = 100

# A proof path has one hash for each level of the tree; 63 levels hold every index that fits 64 bits signed.
PROOF_HASHES_MAX: Final = 63

# A tree size, an index or a time in a text format: 18 digits stay below 2^63 and outlast every log.
DECIMAL_DIGITS_MAX: Final = 18

# Times end with the year 9999, the last that ISO 8601 and the calendars of our libraries can print.
TIME_SECONDS_MAX: Final = 253_402_300_799

# A log's size in 18 digits: what the text formats above can say, and the binary ones must not exceed.
LOG_SIZE_MAX: Final = 10**18 - 1

# A tree of 2^63 leaves has tiles eight levels high on levels 0 to 7 (C2SP tlog-tiles allows 63).
TILE_LEVEL_MAX: Final = 7

# A receipt is some 250 bytes and 34 for each hash of its path, of which there are 63 at most.
RECEIPT_BYTES_MAX: Final = 4_096

# What a witness is sent: a note, 63 hashes in base64 and the old size.
WITNESS_REQUEST_BYTES_MAX: Final = 69_632

# Requests that a witness answers at once; further ones wait, and a flood of them costs no more than these.
WITNESS_CONNECTIONS_MAX: Final = 32

# A witness waits this long for a whole request, however it drips; a log sends all of it at once.
WITNESS_REQUEST_SECONDS_MAX: Final = 10

# Cosignature lines in a witness's answer: one for each of its keys.
WITNESS_ANSWER_BYTES_MAX: Final = 16_384

# Other machines answer a request within this time, however slowly they send.
REMOTE_SECONDS_MAX: Final = 60

# A verifier looks so often for a checkpoint that is kept outside and whose row is not there yet; then it is missing.
AUDIT_LOOKS_MAX: Final = 5

# Seconds between two such looks, at least: a row is written within milliseconds of its file, on a slow disk a second.
AUDIT_LOOK_SECONDS_MIN: Final = 1

# A number of a case, a place in the log: what JSON carries exactly (RFC 8785), and every database takes.
NUMBER_MAX: Final = 2**53 - 1

# A request that failed for reasons that pass is made so often, each time after a longer wait.
REMOTE_ATTEMPTS_MAX: Final = 3

# What a monitor keeps: heads, each a note of 64 KiB at most, twice that in JSON, and the unfinished tile of each level.
MONITOR_STATE_BYTES_MAX: Final = 16_777_216

# Heads that a log signed and showed no tiles for, which a monitor keeps until it does; after an hour of them it cries.
MONITOR_HEADS_UNPROVEN_MAX: Final = 64

# Heads that could not be followed, kept as evidence, a file each: of more, the first ones and the newest.
MONITOR_EVIDENCE_FILES_MAX: Final = 16

# A monitor writes down where it is after so many bundles: 16,384 statements, some seconds of work.
MONITOR_STRIDE_BUNDLES_MAX: Final = 64

# What stands before the checkpoint in a proof file: 63 hashes in base64 are 3 KiB, the rest is for `extra`.
PROOF_FILE_BYTES_MAX: Final = 65_536

# A policy file: C2SP tlog-policy asks for at least 32 logs, witnesses and groups; lines are under 300 bytes.
POLICY_BYTES_MAX: Final = 65_536

# C2SP tlog-tiles: entries in a bundle carry a 16-bit length.
BUNDLE_ENTRY_BYTES_MAX: Final = 65_535

# A bundle of 256 entries of 65,535 bytes, the most that C2SP tlog-tiles allows.
ENTRY_BUNDLE_BYTES_MAX: Final = 256 * (2 + 65_535)

# Submissions that share one transaction and one seal; beyond this a commit no longer gets cheaper a piece.
GROUP_SUBMISSIONS_MAX: Final = 256

# Entries that other processes appended, followed leaf by leaf: some sixteen full groups; more are read as tiles.
TAIL_ENTRIES_MAX: Final = 4_096

# Bodies that share one transaction, so that a stream of large ones is not held in memory: some twenty of the largest.
GROUP_BODY_BYTES_MAX: Final = 16 * 1_048_576

# Links that share one seal: bounds the memory of a group whatever its submissions hold.
GROUP_LINKS_MAX: Final = 200_000

# Links in one stored page: a page is read whole to follow one pack, so it stays near 20 KiB.
PAGE_LINKS_MAX: Final = 256

# A line of an upload file holds one submission: statement, body and confidential part, with base64 and escapes.
UPLOAD_LINE_BYTES_MAX: Final = 4 * 1_048_576

# A file of registrations: half a million parties, sites, stations, keys and products, at 500 bytes each.
REGISTRATION_FILE_BYTES_MAX: Final = 268_435_456

# The settings of one ledger are some thousand bytes; people leave comments beside them.
SETTINGS_FILE_BYTES_MAX: Final = 65_536

# A private key in PEM is 120 to 240 bytes; people leave comments beside it.
KEY_FILE_BYTES_MAX: Final = 16_384

# A pedigree holds the bodies of a pack's events, shipments of 10,000 packs among them: a hundred of those.
PEDIGREE_BYTES_MAX: Final = 268_435_456

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

# A synthetic country smaller than this has no room for honest trade beside its crimes.
NATION_PACKS_MIN: Final = 400

# A synthetic country numbers the packs of each product with nine digits; the largest product is a sixth of all.
NATION_PACKS_MAX: Final = 1_000_000_000

# A synthetic country's packs keep for three years, and none of them shall expire before its time is over.
NATION_MONTHS_MAX: Final = 24

# A synthetic country's seed stands in its truth file: the largest integer of our JSON, 2^53 - 1.
NATION_SEED_MAX: Final = 2**53 - 1

# A synthetic country begins before 2090: its packs keep for three years, and labels tell years up to 2099.
NATION_START_SECONDS_MAX: Final = 3_786_912_000

# Statements in one segment of the lake: some ten million rows at the most in trade, some hundred megabytes of Parquet.
LAKE_SEGMENT_STATEMENTS_MAX: Final = 262_144

# The newest segments are smaller, so that an update need not write a large one again: a second's work.
LAKE_SEGMENT_STATEMENTS_MIN: Final = 4_096

# Rows in one row group of the lake: what a reader takes at once, and what a writer holds; DuckDB's are as large.
LAKE_ROW_GROUP_ROWS_MAX: Final = 131_072

# A manifest of the lake names some 13 files a segment: 45 thousand million statements fit.
LAKE_MANIFEST_BYTES_MAX: Final = 268_435_456

# Past cases that a draft is tried against: a hundred bytes each, and a country's offices close some thousand a year.
KNOWN_OUTCOMES_BYTES_MAX: Final = 16_777_216

# A rule file, or one of parameters: header and SELECT; the longest of the catalogue is a tenth of this.
RULE_FILE_BYTES_MAX: Final = 65_536

# Parts of a rule's syntax tree; a draft beyond this was written by a machine, or against ours.
RULE_NODES_MAX: Final = 20_000

# A rule's number counts days, packs, cents or metres: a thousand times a thousand times a million of anything.
RULE_NUMBER_MAX: Final = 10**12

# One rule runs this long at most; the whole catalogue over 10 million facts takes less on two processors.
RULE_SECONDS_MAX: Final = 3_600

# Rules with less memory than this fail in a ledger of ten thousand statements.
RULES_MEMORY_MIB_MIN: Final = 64

# More threads than this wait for each other on the largest machines.
RULES_THREADS_MAX: Final = 256

# Of what is free on the disk, so many hundredths may be filled with a query's temporary files: the ledger needs some.
RULE_DISK_PERCENT_MAX: Final = 50

# What a run of the rules remembers of the lake it read: the lake's manifest, in base64, and a line a rule.
RULE_STATE_BYTES_MAX: Final = 536_870_912

# A request that hands in statements: as many bodies as may share one transaction, in base64 and escapes.
UPLOAD_REQUEST_BYTES_MAX: Final = 16 * 1_048_576

# Submissions in one request, each with its own answer and receipt: what may share one transaction.
SUBMISSIONS_PER_REQUEST_MAX: Final = 256

# Every other request: a hundred codes, a note, a key; none comes near.
REQUEST_BYTES_MAX: Final = 131_072

# Bodies of all requests that one process holds at once; who comes later is asked to come again.
REQUESTS_HELD_BYTES_MAX: Final = 256 * 1_048_576

# A request's line and headers, and what stands around the chunks of its body: keys, addresses and queries are shorter.
REQUEST_HEAD_BYTES_MAX: Final = 65_536

# A request that has not arrived whole by then: the slowest line of a village clinic sends 16 MiB in less.
REQUEST_SECONDS_MAX: Final = 60

# Requests that wait for the same work: some seconds of it; beyond, an answer would come too late to be of use.
REQUESTS_WAITING_MAX: Final = 4_096

# For those who were just answered, and may have more to record, the next group waits at most this long: the time in
# which stations nearby ask again, and nobody notices.
COMPANY_MILLISECONDS_MAX: Final = 10

# Codes in one look-up of verdicts: the packs on a counter, or in a small carton.
CODES_PER_LOOKUP_MAX: Final = 100

# Look-ups that share one query; beyond this a look-up no longer gets cheaper.
LOOKUPS_PER_QUERY_MAX: Final = 256

# What is known of an API key is asked again after this time: so long does a revoked one still open the door.
CALLER_SECONDS_MAX: Final = 10

# Buckets in which a server counts requests, of eight bytes each: with ten thousand callers in five seconds, one in a
# hundred shares its bucket with another.
CALLERS_COUNTED_MAX: Final = 1_048_576

# Callers whose keys one process remembers; each takes some hundred bytes.
CALLERS_REMEMBERED_MAX: Final = 100_000

# A caller who was quiet may make this many seconds' worth of requests at once.
RATE_BURST_SECONDS_MAX: Final = 5

# A pack that a patient checked is recorded again after this time, unless something was done to it since: a day's
# checks of one pack say what one says, and its chain stays readable for a century.
CHECK_AGAIN_SECONDS_MIN: Final = 86_400

# Checks of different packs that enter the log from one address a second: a household has a few packs.
CHECKS_PER_ADDRESS_SECOND_MAX: Final = 1

# Lines of one import: a shop's sales of a day, a warehouse's bills of a week; the national platform takes one a call.
IMPORT_LINES_MAX: Final = 1_000

# Codes on one line of an import: as many as the national platform takes on one bill.
IMPORT_CODES_MAX: Final = 3_500

# Fields of one line of an import: the longest form has some forty.
IMPORT_FIELDS_MAX: Final = 100

# A field of an import: the forms' longest, a remark, has 500 characters.
IMPORT_FIELD_CHARACTERS_MAX: Final = 500

# A file that names whom the forms' numbers stand for: a hundred thousand enterprises.
IMPORT_NAMES_BYTES_MAX: Final = 16 * 1_048_576

# The Accept-Language and Authorization headers of programs and browsers are far shorter.
HEADER_CHARACTERS_MAX: Final = 8_192

# Whoever is turned away for a while is told to come again after this time.
RETRY_SECONDS_MIN: Final = 1

# Products, recalls and stopped packs in one snapshot for offline use: a few megabytes; a first sync fetches several.
SNAPSHOT_ROWS_MAX: Final = 20_000

# Events of a party from which one list of a site's stock is made: some seconds of reading; a first sync asks often.
STOCK_EVENTS_MAX: Final = 1_000

# A process of a server that ended again and again is started again after at most this pause: soon after what it needs
# is back, and without keeping a processor busy meanwhile.
RESTART_SECONDS_MAX: Final = 30

# Processes of one server; each holds two hundred MiB, so that more would need a machine nobody has.
SERVE_PROCESSES_MAX: Final = 256

# A connection on which nothing is asked is kept this long: longer than proxies keep theirs, so that they close first.
IDLE_CONNECTION_SECONDS_MAX: Final = 75

# Traces are sent within this time, at the end as well; what a collector does not take by then is lost.
TRACE_SECONDS_MAX: Final = 5

# Spans that wait to be sent: a few seconds of a busy process, and some megabytes; the oldest are lost first.
TRACE_SPANS_WAITING_MAX: Final = 8_192

# Rows in one page of a list of cases, findings or flows: more than a person reads, a quick answer for a program.
LIST_ROWS_MAX: Final = 500

# A sign-on service's key set: a key with its certificates is some kilobytes, and a service has a few keys.
KEY_SET_BYTES_MAX: Final = 262_144

# A sign-on service gives its keys within this time, or tokens do not count for the moment: people are waiting.
KEY_SET_SECONDS_MAX: Final = 5

# A sign-on service's keys are asked for again after this time: so long does a key that it withdrew still count.
KEYS_SECONDS_MAX: Final = 600

# Tokens that name unknown keys make us ask again, but no more often than this: anybody can send such tokens.
KEYS_SECONDS_MIN: Final = 10

# What a question of an office to the lake may take of memory: a fraction of what a run of the rules takes.
OFFICE_MEMORY_MEBIBYTES_MAX: Final = 512

# An office waits this long for an answer from the lake; longer questions are for rules and files.
OFFICE_SECONDS_MAX: Final = 60

# Rows in one file that an office takes away: what a spreadsheet opens.
EXPORT_ROWS_MAX: Final = 100_000

# Names of persons asked for in one case; a ring has some hundred cards.
CASE_ASKS_MAX: Final = 500

# A second officer has this long to allow that a person's name is told: a week with its days off.
NAME_ASKED_SECONDS_MAX: Final = 7 * 86_400

# Once allowed, a name is told for this long: a working day, and the night before it.
NAME_OPEN_SECONDS_MAX: Final = 86_400

# Looks that are read to fill one page of those that a caller may see; the page then says where to go on.
LOOKS_READ_MAX: Final = 2_000

# An answer of the ledger to a client: a snapshot of some thousand rows, or receipts for a batch.
CLIENT_ANSWER_BYTES_MAX: Final = 32 * 1_048_576

# A request of a client, with its answer; whoever waits longer at a counter takes the verdict that is known there.
CLIENT_REQUEST_SECONDS_MAX: Final = 20

# Questions that one office keeps under a name: more than a list on one page shows.
QUERIES_KEPT_MAX: Final = 200

# An office's question is asked again when an update of the lake took its files away meanwhile; twice is bad luck.
OFFICE_ATTEMPTS_MAX: Final = 3

# Offices' questions and acts at work at once in one process: each may keep a processor for a while.
OFFICE_THREADS_MAX: Final = 2

# Offices' questions and acts that wait for their turn in one process; who comes later is asked to come again.
OFFICE_WAITING_MAX: Final = 32
