"""CBV 2.0 vocabularies: a bare word in JSON-LD, a web URI or a URN in XML; one word, three spellings.

| vocabulary | bare word | web URI | URN |
|---|---|---|---|
| business step | `shipping` | `https://ref.gs1.org/cbv/BizStep-shipping` | `urn:epcglobal:cbv:bizstep:shipping` |

Words of one's own are full URIs and pass unchanged; ours have the prefix `pl:` in JSON.
"""

from __future__ import annotations

from typing import Final

from ledger.custody.vocabulary import DISPOSITION, PARTY, STEP, Spelling, Vocabulary

__all__ = ["VOCABULARIES", "Spelling", "Vocabulary"]

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
    "bizStep": STEP,
    "disposition": DISPOSITION,
    "bizTransaction": Vocabulary(
        frozenset(_TRANSACTIONS.split()), f"{_CBV}BTT-", f"{_URN}btt:", ("cbv:BTT-",)
    ),
    "party": PARTY,
    "reason": Vocabulary(
        frozenset({"did_not_occur", "incorrect_data"}), f"{_CBV}ER-", f"{_URN}er:", ("cbv:ER-",)
    ),
    "component": Vocabulary(frozenset(_COMPONENTS.split()), f"{_CBV}Comp-", f"{_URN}comp:", ("cbv:Comp-",)),
    "measurement": Vocabulary(frozenset(_MEASUREMENTS.split()), _GS1, "", _GS1_OTHERS, grows=True),
    "exception": Vocabulary(
        frozenset({"ALARM_CONDITION", "ERROR_CONDITION"}), _GS1, "", _GS1_OTHERS, grows=True
    ),
}
