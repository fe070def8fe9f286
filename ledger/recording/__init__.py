"""What `ledger.record` is made of, in the order in which a submission passes through.

    admit     well formed and authentic? nothing is stored yet
    verifiers signatures, verified in processes of their own
    queue     who waits while a transaction is written shares the next one
    edge      how far this process knows the log; what other processes appended is followed
    group     one transaction: repeats, judging, sealing, rows
    sole      of what the gateway signs, each body enters once, and one event alone under an id
    batch     what one transaction does to packs: heads, rulings, anomalies, rows
    links     its links, as columns: hashed, and laid out in pages
    correct   error declarations: a pack's chain judged again without what was taken back
    parts     confidential parts, encrypted for the person they speak of
    outcome   the answer to one submission
"""
