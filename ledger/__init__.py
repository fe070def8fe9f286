"""packledger: traceability of medicine packs, with evidence that nobody can quietly change.

The nouns, and where they live:

    pack, code         one saleable unit, and what its barcode says        codes
    event              something that happened to packs                    custody
    paper              settlement, prescription, invoice, seizure, recall  papers
    party … key        who may sign; persons and their pseudonyms          identity
    statement          a signature over a body: one leaf of the log        log
    link, seal         one step of a pack's chain; the ledger's word       chain
    pedigree           a pack's whole chain with proofs, in one file       chain
    the tables         the only SQL                                        store

The verbs, one file each; each begins with its numbered steps:

    record       the only write path: admit, judge, link, seal, commit, sign
    trace        a pack's story, for people
    export       the same chain with proofs, for whoever does not trust us
    verify       believe a pedigree, or say why not; needs no database
    audit        verify a whole ledger
    enrol        who may sign
    suspect      what a stolen key signed
    ask          the verdict on packs, with nothing recorded
    snapshot     what a station must know to judge offline
    enrolment    a station's key, made there, registered with a one-time code
    gateway      signs for parties whose systems do not sign
    capture      a document that an ERP sends becomes events, together or each on its own
    events       an index of events, made from the log
    answers      what a query for events finds, as its asker may see it
    subscriptions  queries with a name, and answers that are sent as events come in
    publication  the log as others follow it, each thing with its proof
    access       who may ask at the door

`packledger` is the command line (`cli`), `api` beside this package the door to the network, `client` how others ask
there; `nation` makes a synthetic country to play with.
The log is the truth, all else is derived from it; record first, judge later; commit before you speak.
"""
