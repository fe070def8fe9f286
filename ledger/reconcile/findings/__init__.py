"""Findings: what the rules saw, kept from run to run.

    finding   one finding for each rule and subject: its id, what was seen, why it is closed
    update    a run's hits against what is stored: opened, changed, closed, reopened; all of it or nothing
    explain   which new facts made a finding go away
    erase     a person's erasure, in findings
"""
