"""The ledger's home: its secrets, and the one checkpoint that a restored database cannot take back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ledger.clock import Randomness
from ledger.durable import create_file, furnish, locked, read_kept, read_rooms, replace_file, write_room
from ledger.errors import FormatError, Misuse, Unavailable
from ledger.identity.vault import MASTER_KEY_BYTES, Vault
from ledger.limits import KEY_FILE_BYTES_MAX, NOTE_BYTES_MAX
from ledger.log.keys import EDDSA, PrivateKey
from ledger.settings import Settings

__all__ = [
    "create_home", "create_secrets", "discard_secrets", "load_gateway_secret", "load_master_key",
    "load_signing_key", "load_vault", "read_checkpoint", "read_cosigned", "size_told", "write_checkpoint",
    "write_cosigned",
]  # fmt: skip


def create_home(settings: Settings) -> None:
    """Make the home's folder, for its owner only, unless it is there.

    Raises:
        Unavailable: `home-unwritable`.
    """
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable("home-unwritable", str(error.strerror)) from None


def create_secrets(settings: Settings, random: Randomness) -> PrivateKey:
    """Make the signing key and the master key, each in a new file with mode 0600.

    Raises:
        Misuse: `ledger-exists` when one of the files is there already, or a checkpoint is.
        Unavailable: `home-unwritable`.
    """
    for path in (settings.signing_key_file, settings.master_key_file, settings.checkpoint_file):
        if path.exists():
            raise Misuse("ledger-exists", f"{path.name} is there already")
    key = PrivateKey.from_seed(EDDSA, random(32))
    try:
        create_file(settings.signing_key_file, key.to_pem())
        create_file(settings.master_key_file, random(MASTER_KEY_BYTES).hex().encode() + b"\n")
    except FileExistsError as error:
        raise Misuse("ledger-exists", f"{Path(error.filename).name} is there already") from None
    except OSError as error:
        discard_secrets(settings)
        raise Unavailable("home-unwritable", str(error.strerror)) from None
    return key


def discard_secrets(settings: Settings) -> None:
    """Remove the key files that `create_secrets` just made, and the head, of a ledger that did not come into being."""
    for path in (settings.signing_key_file, settings.master_key_file, settings.checkpoint_file):
        path.unlink(missing_ok=True)


def load_signing_key(settings: Settings) -> PrivateKey:
    """Read the ledger's private key.

    Raises:
        Misuse: `secret-missing`, `secret-exposed` when others may read the file, `secret-malformed`.
    """
    return PrivateKey.from_pem(_read_secret(settings.signing_key_file))


def load_master_key(settings: Settings) -> bytes | None:
    """Read the master key; None when this home has none, as an auditor's has not.

    Raises:
        Misuse: `secret-missing` when it cannot be read, `secret-exposed`, `master-key-malformed`.
    """
    if not _is_named(settings.master_key_file):
        return None
    text = _read_secret(settings.master_key_file)
    try:
        return bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        raise Misuse("master-key-malformed", "not hexadecimal") from None


def load_gateway_secret(settings: Settings, random: Randomness) -> bytes:
    """Read the secret of which the gateway makes its keys; the first to ask makes it.

    Raises:
        Misuse: `secret-missing` when it cannot be read, `secret-exposed`, `master-key-malformed`.
        Unavailable: `home-unwritable`.
    """
    path = settings.gateway_key_file
    try:
        with locked(settings.home) as folder:
            if not _is_named(path):
                # A half file would stop every start from now on: whoever is killed here leaves none of this name.
                fresh = path.with_name(path.name + ".new")
                fresh.unlink(missing_ok=True)
                create_file(fresh, random(MASTER_KEY_BYTES).hex().encode() + b"\n")
                fresh.replace(path)
                os.fsync(folder)
    except OSError as error:
        raise Unavailable("home-unwritable", str(error.strerror)) from None
    try:
        secret = bytes.fromhex(_read_secret(path).decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != MASTER_KEY_BYTES:
        raise Misuse("master-key-malformed", f"{path.name}: not 32 bytes in hexadecimal")
    return secret


def load_vault(settings: Settings) -> Vault:
    """Open the vault of personal data.

    Raises:
        Misuse: `secret-missing`, and as `load_master_key`.
    """
    key = load_master_key(settings)
    if key is None:
        raise Misuse("secret-missing", settings.master_key_file.name)
    return Vault(key)


def _read_secret(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        content = read_kept(path, KEY_FILE_BYTES_MAX)
    except OSError as error:
        raise Misuse("secret-missing", f"{path.name}: {error.strerror}") from None
    if content is None:
        raise Misuse("secret-missing", path.name)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misuse("secret-exposed", f"{path.name} has mode {stat.S_IMODE(mode):04o}")
    return content


def _is_named(path: Path) -> bool:
    """Say whether anything has this name, also a link that leads to a disk that is away."""
    return path.exists() or path.is_symlink()


def read_checkpoint(settings: Settings) -> bytes | None:
    """Return the last checkpoint kept outside the database, or None when none was ever signed.

    Raises:
        FormatError: `note-malformed` when neither room of its file is whole.
        Unavailable: `home-unreadable`.
    """
    data = _read(settings.checkpoint_file)
    if data is None:
        return None
    notes = [room for room in read_rooms(data) if room is not None]
    if not notes:
        raise FormatError("note-malformed", "neither room of the checkpoint's file is whole")
    return max(notes, key=size_told)


def write_checkpoint(settings: Settings, size: int, note: bytes) -> None:
    """Keep the checkpoint of a tree of `size` outside the database; on disk before this returns.

    Several processes may call this; a newer checkpoint is never replaced by an older one.

    Raises:
        Unavailable: `home-unwritable`, `home-unreadable`; the old checkpoint is still there.
    """
    path = settings.checkpoint_file
    try:
        with locked(path.parent) as folder:
            data = _read(path)
            if data is None:
                furnish(path, note, folder)
                return
            rooms = read_rooms(data)
            sizes = [-1 if room is None else size_told(room) for room in rooms]
            newest = int(sizes[1] > sizes[0])
            # Overtaken, we keep the newer head a second time: whoever wrote it may have failed to reach the disk.
            content = note if sizes[newest] <= size else rooms[newest]
            assert content is not None
            write_room(path, 1 - newest, content)
    except OSError as error:
        raise Unavailable("home-unwritable", str(error.strerror)) from None


def read_cosigned(settings: Settings) -> bytes | None:
    """Return the newest checkpoint that enough witnesses cosigned, or None when none ever was.

    Raises:
        Unavailable: `home-unreadable`.
    """
    return _read(settings.cosigned_file)


def write_cosigned(settings: Settings, size: int, note: bytes) -> None:
    """Keep a cosigned checkpoint in a file of its own, which others may read as it is; on disk before this returns.

    Several processes may call this; a newer one is never replaced by an older one.

    Raises:
        Unavailable: `home-unwritable`, `home-unreadable`; the old one is still there.
    """
    path = settings.cosigned_file
    try:
        with locked(path.parent) as folder:
            kept = _read(path)
            if kept is None or size_told(kept) <= size:
                replace_file(path, note, folder)
    except OSError as error:
        raise Unavailable("home-unwritable", str(error.strerror)) from None


def _read(path: Path) -> bytes | None:
    try:
        return read_kept(path, NOTE_BYTES_MAX)
    except OSError as error:
        raise Unavailable("home-unreadable", f"{path.name}: {error.strerror}") from None


def size_told(note: bytes) -> int:
    """Return the size that a checkpoint tells, -1 for none; its signature is not verified."""
    lines = note.split(b"\n", 2)
    return int(lines[1]) if len(lines) == 3 and lines[1].isdigit() else -1
