"""What `ledger.audit` is made of.

    stretch   one stretch of the log, verified on its own
    tables    the tables beside the log, against what the log says
    persons   confidential parts, and the keys that open them
    find      where a chain breaks, asked only when the sums say that one does
"""
