"""What `ledger.audit` is made of.

    crew      the processes that share the work
    stretch   one stretch of the log, verified on its own
    plain     the entries of a stretch that are alike and hold, many at once
    links     the links of one seal, made again
    tables    the tables beside the log, against what the log says
    persons   confidential parts, and the keys that open them
    find      where a chain breaks, asked only when the sums say that one does
"""
