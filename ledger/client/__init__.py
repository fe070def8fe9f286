"""The interface of a ledger, for programs in Python that ask it: stations, and the systems of those who send events.

    with Client("https://ledger.example", api_key) as client:
        for outcome in client.submit(submissions).value().outcomes:
            print(outcome.verdict, outcome.index)

    client     one method for each operation: what is asked, and the type of what is answered
    answers    those types
    asking     one request: its bounds, and how a failure is told from an answer

It stands on HTTP alone: no database, no framework, nothing of the server's. What is answered is typed, and not
believed: receipts, snapshots and checkpoints are for `ledger.log` to verify.
"""

from ledger.client.asking import Answer
from ledger.client.client import Client

__all__ = ["Answer", "Client"]
