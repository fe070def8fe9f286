"""Reconciliation: what the ledger's facts, put side by side, say about packs, persons and institutions.

    lake       the ledger's statements as columns: Parquet segments that anybody can check against the log
    rules      one SQL file each: what was seen, why it matters, and what is not proof
    rings      cards, institutions and packs that meet more often than chance lets them
    findings   what the rules found, with evidence; computed anew, changed only where the facts changed
    cases      findings that belong together, worked by people; seizures; bundles for a court

The lake is derived from the ledger, and findings from the lake: both can be dropped and built again.
"""
