"""A witness: a service that cosigns the heads of logs, each only when it extends all that was cosigned before.

    state     the heads cosigned last, one file a log, on disk before a cosignature leaves
    service   the requests of C2SP tlog-witness, over HTTP

An office that runs one needs this, a key of its own, and the keys of the logs: no database, no ledger.
"""
