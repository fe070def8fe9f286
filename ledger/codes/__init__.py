"""Barcode text to one canonical code, or to a clear fault. Pure: no clock, no files, no network.

    scan ── read ──> Code(key, batch, expiry) ── .uri ──> events       key ── uri_of ──> uri ── key_of ──> key
             │
             └─────> CodeFault  scanner-…  the station is at fault, the pack may be sound
                                code-…     this text is no pack's code

>>> read("87709840000000015538").uri
'urn:nmpa:dtc:87709840000000015538'
>>> code = read("]d20109521234543213" "17261200" "10AB12{GS}" "21SN0001")
>>> code.key, code.scheme, code.product, code.serial, code.batch, code.expiry
('01/09521234543213/21/SN0001', 'sgtin', '09521234543213', 'SN0001', 'AB12', 20261231)
>>> read("https://example.com/01/9521234543213/21/SN0001?10=AB12&17=261231") == code
True
>>> read("010952123454321317261200" "10AB1221SN0001")
Traceback (most recent call last):
    ...
ledger.errors.CodeFault: scanner-separator-lost: AI 10 may hold the element that is missing after it
"""

from __future__ import annotations

from ledger.codes.code import (
    NATIONAL_URI,
    Code,
    Scheme,
    key_of,
    known_uri,
    known_uris,
    national_digits,
    product_of,
    uri_of,
)
from ledger.codes.label import bracketed, element_string
from ledger.codes.read import read
from ledger.codes.scanner import is_scanner_fault, lookalikes

__all__ = [
    "NATIONAL_URI",
    "Code",
    "Scheme",
    "bracketed",
    "element_string",
    "is_scanner_fault",
    "key_of",
    "known_uri",
    "known_uris",
    "lookalikes",
    "national_digits",
    "product_of",
    "read",
    "uri_of",
]
