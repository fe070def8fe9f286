"""The bundle: a case in one zip, which anybody checks with nothing but the ledger's key.

    form       names of the members, what stands in each, the index over all of them
    archive    the zip itself: written the same way each time, read within bounds
    write      gather a case from a ledger and its lake, check it, sign it
    dossier    what the members say, once it was checked member by member
    verify     a whole bundle: index, signature, digests, dossier, page
    page       the page for people, made from the dossier alone: in Chinese and English
    drawing    its drawings: the ring, the months

Format: docs/formats/bundle.md.
"""
