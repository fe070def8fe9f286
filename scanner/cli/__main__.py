"""`python -m scanner.cli` is `packledger-station`."""

from scanner.cli import main

main()
