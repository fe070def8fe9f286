"""Scanner care: most alarms of live systems are a badly set scanner, so that is found out before any pack is blamed.

    strokes ── strokes.py ──> what was typed, by the keys' places and by their characters
                    │
    calibration ────┴──> text.py ──> the text that the barcode holds, or a fault that names its cause
        ^
        └── calibrate.py: a symbol whose content is known was scanned; what arrived shows how this scanner types
"""
