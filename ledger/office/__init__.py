"""The offices' verbs: what regulators look at and do, each as one function over an open ledger.

    officers    who acts: the gateway's key of an officer's station
    cases       the cases of an office, and what was done in them
    findings    what the rules found, as far as an office may see it

Each takes who asks, and a connection inside the fence (`store.fence`); what may be seen is told by `identity.sight`.
"""
