from contextlib import suppress
from pathlib import Path


def private(path: Path, mode: int) -> Path:
    """Nobody else on this machine reads it any more; one that belongs to another user stays as it is."""
    if path.exists() and path.stat().st_mode & 0o077:
        with suppress(PermissionError):
            path.chmod(mode)
    return path


def private_folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return private(path, 0o700)


def private_database(path: Path) -> None:
    """Made before SQLite makes it: its -wal and -shm get the same mode. One that cannot be opened says so itself."""
    with suppress(OSError):
        if not private(path, 0o600).exists():
            path.touch(0o600)
