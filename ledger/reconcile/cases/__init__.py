"""From findings to cases: what belongs together, what is sure enough to open a case by itself, what came of it.

    grouping   findings that share packs, persons or a way of trade are one proposal
    opening    when a proposal becomes a case without anybody asking
    feedback   what outcomes say about each rule

A case itself is what its actions make of it (`ledger.papers.case`); they are statements in the log.
"""
