"""The synthetic country for people: `docs/reference/nation.md`, printed from its products, its noise and its crimes."""

from __future__ import annotations

from ledger.nation.crimes import CRIMES
from ledger.nation.goods import PRODUCTS
from ledger.nation.rates import RATES

__all__ = ["nation_parts"]


def nation_parts() -> list[str]:
    """Return what the synthetic country is made of: its products, its noise with reasons, its crimes."""
    goods = [
        f"| {each.number} | {each.share} | {each.cents / 100:,.2f} | {each.milligrams // 1_000} | {each.days}"
        f" | {each.department} | {'when ill' if each.acute else 'every day'} |"
        for each in PRODUCTS
    ]
    noise = [
        f"| `{kind}` | {rate.per_thousand / 10:g} % | {rate.of} | {rate.reason} |" for kind, rate in RATES.items()
    ]
    crimes = [f"| `{name}` | {row.done} |" for name, row in CRIMES.items() if not row.hidden]
    return [
        "# The synthetic country",
        "`packledger simulate` plays a country from a seed: makers, distributors, hospitals, health centres, clinics,"
        " pharmacies and chains of them, and people in households and streets.\n"
        "What its people upload enters a ledger as anybody's does; what was really done stands in the"
        " [truth file](../formats/truth.md).\n"
        "All places lie in the empty Pacific, and no number is anybody's.",
        "## Products",
        "\n".join([
            "| number | of 1,000 packs | price, yuan | weight, g | days of supply | prescribed by | taken |",
            "|---:|---:|---:|---:|---:|---|---|", *goods,
        ]),
        "## Honest noise",
        "What goes wrong, or merely looks odd, where nobody did wrong.\n"
        "The rates are guesses of the right size, here to be argued with; a test counts in the uploads how often"
        " each happens.",
        "\n".join(["| kind | how often | of what | why so often |", "|---|---:|---|---|", *noise]),
        "## Crimes",
        "Some kinds are not listed: whoever writes rules shall not know them.\n"
        "Which of them a country has follows from its size and from `--crimes`.",
        "\n".join(["| kind | what was done |", "|---|---|", *crimes]),
    ]  # fmt: skip
