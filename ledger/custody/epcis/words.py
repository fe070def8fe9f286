"""CBV 2.0 vocabularies: a bare word in JSON-LD, a web URI or a URN in XML; one word, three spellings.

| vocabulary | bare word | web URI | URN |
|---|---|---|---|
| business step | `shipping` | `https://ref.gs1.org/cbv/BizStep-shipping` | `urn:epcglobal:cbv:bizstep:shipping` |

Words of one's own are full URIs and pass unchanged; ours have the prefix `pl:` in JSON.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from ledger.custody.vocabulary import DISPOSITIONS, OWN_STEPS, PARTY_TYPES, PREFIX, STEPS, TERMS

__all__ = ["VOCABULARIES", "Spelling", "Vocabulary"]

Spelling = Literal["web", "urn"]
"""How XML spells the words: GS1-CBV-XML-Format `Always_Web_URI` or `Always_URN`."""


class Vocabulary(NamedTuple):
    """One closed list of words with its spellings; `web` and `urn` end where the word begins.

    Attributes:
        others: further beginnings that are read, never written.
        own: words of ours, with `pl:`.
        grows: GS1 adds words to it between versions of the standard; those that we do not know stay URIs.
    """

    words: frozenset[str]
    web: str
    urn: str
    others: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    grows: bool = False

    def short(self, text: str) -> str | None:
        """Return the one spelling in JSON; None when the text claims to be a word of this list and is not."""
        if text in self.words:
            return text
        for form in (self.web, self.urn, *self.others):
            if form and text.startswith(form):
                word = text[len(form) :]
                if word in self.words:
                    return word
                return self.web + word if self.grows else None
        if text.startswith(TERMS):
            text = PREFIX + text[len(TERMS) :]
        if text.startswith(PREFIX):
            return text if text in self.own else None
        return text if ":" in text else None

    def long(self, word: str, spelling: Spelling = "web") -> str:
        """Return the URI of a word in its JSON spelling."""
        if word in self.words:
            return (self.urn if spelling == "urn" and self.urn else self.web) + word
        return TERMS + word[len(PREFIX) :] if word.startswith(PREFIX) else word


# CBV 2.0 §7.3, §7.5; EPCIS 2.0 §7.4.1.2; CBV 2.0 §7.8, §7.9 and the terms of EPCIS's JSON-LD context.
_TRANSACTIONS: Final = "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"
_COMPONENTS: Final = (
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude"
    " longitude altitude"
)
_MEASUREMENTS: Final = """
AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Radioactivity Altitude AmountOfSubstance
AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
RadiantIntensity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity
SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
"""

_CBV: Final = "https://ref.gs1.org/cbv/"
_URN: Final = "urn:epcglobal:cbv:"
_GS1: Final = "https://gs1.org/voc/"
# The context of EPCIS 2.0.1 moved GS1's web vocabulary; the words stayed.
_GS1_OTHERS: Final = ("gs1:", "https://ref.gs1.org/voc/")

VOCABULARIES: Final = {
    "bizStep": Vocabulary(STEPS, f"{_CBV}BizStep-", f"{_URN}bizstep:", ("cbv:BizStep-",), OWN_STEPS),
    "disposition": Vocabulary(DISPOSITIONS, f"{_CBV}Disp-", f"{_URN}disp:", ("cbv:Disp-",)),
    "bizTransaction": Vocabulary(
        frozenset(_TRANSACTIONS.split()), f"{_CBV}BTT-", f"{_URN}btt:", ("cbv:BTT-",)
    ),
    "party": Vocabulary(PARTY_TYPES, f"{_CBV}SDT-", f"{_URN}sdt:", ("cbv:SDT-",)),
    "reason": Vocabulary(
        frozenset({"did_not_occur", "incorrect_data"}), f"{_CBV}ER-", f"{_URN}er:", ("cbv:ER-",)
    ),
    "component": Vocabulary(frozenset(_COMPONENTS.split()), f"{_CBV}Comp-", f"{_URN}comp:", ("cbv:Comp-",)),
    "measurement": Vocabulary(frozenset(_MEASUREMENTS.split()), _GS1, "", _GS1_OTHERS, grows=True),
    "exception": Vocabulary(
        frozenset({"ALARM_CONDITION", "ERROR_CONDITION"}), _GS1, "", _GS1_OTHERS, grows=True
    ),
}
