"""The offices' verbs: what regulators look at and do, each as one function over an open ledger.

    officers    who acts: the gateway's key of an officer's station
    cases       the cases of an office, and what was done in them
    findings    what the rules found, as far as an office may see it
    pack        a pack's story, with the findings about it
    registered  what the registry says of a product or a party
    views       what may be asked of the lake: batches, parties, flows, acts on a card
    facts       asking it, within bounds
    persons     what was done on a card, who it is, and who looked

Each takes who asks, and a connection inside the fence (`store.fence`); what may be seen is told by `identity.sight`.
"""
