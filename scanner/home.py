"""The station's folder: what it is, its key, and nothing of it for other users of the machine.

    station.json    what enrolment told: the ledger's address and key, the API key; mode 600
    station.key     the station's private key (PKCS #8, PEM), made here; mode 600
    station.db      the outbox and what is known offline; mode 600
    scanner.json    how the scanner at this station types (`scanner.care`)

A copy of the folder is a second device that poses as the same station; a folder that was moved to another machine
is refused, so that it happens to nobody by mistake.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from ledger.errors import FormatError, Misuse
from ledger.log.keys import PrivateKey
from ledger.log.note import VerifierKey, parse_vkey

__all__ = ["Home", "Station", "machine_id", "write_private"]

_MACHINE: Final = Path("/etc/machine-id")
_NOT_OTHERS: Final = 0o077


class Station(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who this station is, as enrolment told it.

    Attributes:
        ledger: address of the ledger's HTTP interface, without a slash at its end.
        station, party: URIs; whose key it is.
        site: URI of the place that events name; "" leaves it to the ledger, which knows where the station stands.
        kid: the key's name, hex.
        valid_from, valid_until: seconds since the epoch; outside, nothing that the key signs counts.
        origin, verifier_key: which ledger; what is believed offline is signed by that key.
        api_key: the secret with which requests show whose they are.
        offset: of the wall clock here, `+08:00`.
        machine: digest of the name of the machine that it was enrolled on.
    """

    ledger: str
    station: str
    party: str
    site: str
    kid: str
    valid_from: int
    valid_until: int
    origin: str
    verifier_key: str
    api_key: str
    offset: str
    machine: str

    def __repr__(self) -> str:
        return f"Station({self.station})"

    @property
    def vkey(self) -> VerifierKey:
        """The ledger's key.

        Raises:
            FormatError: `vkey-malformed`.
        """
        return parse_vkey(self.verifier_key)

    @property
    def zone_seconds(self) -> int:
        """The offset of the wall clock, seconds east of UTC."""
        seconds = 3_600 * int(self.offset[1:3]) + 60 * int(self.offset[4:6])
        return -seconds if self.offset[0] == "-" else seconds


class Home:
    """The folder.

    Attributes:
        folder: its path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def outbox(self) -> Path:
        """Where the outbox is."""
        return self.folder / "station.db"

    @property
    def scanner(self) -> Path:
        """Where the scanner's calibration is."""
        return self.folder / "scanner.json"

    def make(self) -> None:
        """Make the folder, for its owner alone.

        Raises:
            OSError: it cannot be made.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def station(self, machine: str) -> Station:
        """Return who this station is.

        Args:
            machine: digest of this machine's name, `machine_id()`.

        Raises:
            Misuse: `station-not-enrolled`; `station-home-open` when others may read it; `station-moved`.
            FormatError: `station-malformed`.
        """
        try:
            station = msgspec.json.decode(self._private("station.json"), type=Station)
        except FileNotFoundError:
            raise Misuse("station-not-enrolled", str(self.folder)) from None
        except msgspec.DecodeError:
            raise FormatError("station-malformed", "station.json") from None
        if station.machine and machine and station.machine != machine:
            raise Misuse("station-moved", station.station)
        return station

    def keep_station(self, station: Station) -> None:
        """Write who this station is; on disk when this returns."""
        write_private(self.folder / "station.json", msgspec.json.encode(station))

    def key(self) -> PrivateKey | None:
        """Return the station's key, or None when none was made yet.

        Raises:
            Misuse: `station-home-open`.
            FormatError: `key-malformed`.
        """
        try:
            return PrivateKey.from_pem(self._private("station.key"))
        except FileNotFoundError:
            return None

    def keep_key(self, key: PrivateKey) -> None:
        """Write a key; on disk when this returns."""
        write_private(self.folder / "station.key", key.to_pem())

    def _private(self, name: str) -> bytes:
        path = self.folder / name
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _NOT_OTHERS:
                raise Misuse("station-home-open", str(path))
            return file.read()


def machine_id(path: Path = _MACHINE) -> str:
    """Return a digest of the machine's name, or "" where it has none; the name itself is nobody's business."""
    try:
        name = path.read_bytes().strip()
    except OSError:
        return ""
    return sha256(b"packledger station\n" + name).hexdigest() if name else ""


def write_private(path: Path, content: bytes) -> None:
    """Put a file that its owner alone may read in the place of an older one; it is on disk when this returns.

    Raises:
        OSError: the old file is still there.
    """
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # a file that lay there may have had another mode
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
