"""The simple event query of EPCIS 2.0: what may be asked, what answers it, and how the answer is cut into pages.

    parameters.py   names and values, as they stand in an address or in a named query -> `Query`, or a fault
    patterns.py     identifiers and patterns of identifiers
    match.py        which events answer a query, and in what order: the definition that SQL is held to
    page.py         pages and their tokens
"""
