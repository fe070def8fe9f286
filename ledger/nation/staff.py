"""Who prescribes: the doctors of a place, by department, and their registration numbers."""

from __future__ import annotations

from typing import Final

from ledger.nation.goods import PRODUCTS, Goods
from ledger.nation.people import Person
from ledger.nation.places import Place

__all__ = ["GENERAL", "department_at", "prescriber_at"]

GENERAL: Final = "general practice"

_DEPARTMENTS: Final = tuple(sorted({goods.department for goods in PRODUCTS}))
_DOCTORS_PER_DEPARTMENT: Final = 3
_DOCTORS_AT_A_CENTRE: Final = 4
_DOCTORS_AT_A_CLINIC: Final = 1


def department_at(office: Place, goods: Goods) -> str:
    """Return the department of a place that prescribes a product; only hospitals have several."""
    return goods.department if office.kind == "hospital" else GENERAL


def prescriber_at(office: Place, person: Person, goods: Goods) -> str:
    """Return the doctor whom somebody sees at a place for a product: the same one every time."""
    if office.kind == "hospital":
        first = _DEPARTMENTS.index(goods.department) * _DOCTORS_PER_DEPARTMENT
        doctor = first + person.number % _DOCTORS_PER_DEPARTMENT
    elif office.kind == "clinic":
        doctor = person.number % _DOCTORS_AT_A_CLINIC
    else:
        doctor = person.number % _DOCTORS_AT_A_CENTRE
    return f"SYN-D-{office.number:05d}-{doctor + 1}"
