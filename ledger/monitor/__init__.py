"""A monitor: follows a ledger over HTTP, computes every hash anew, and keeps its own last head.

    remote    the ledger as it shows itself (C2SP tlog-tiles); nothing of it is believed
    memory    what the monitor keeps between its rounds
    follow    one round: from the head that was kept to the newest, or what is wrong
"""
