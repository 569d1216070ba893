"""The user's cache folder, and folders in it that are made once: whole or not at all."""

import errno
import glob
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from ...tools.errors import ModelError

log = logging.getLogger("routesql")


def cache_folder() -> Path:
    """Where converted models live: `$ROUTESQL_CACHE`, else the platform's cache folder for routesql."""
    chosen = os.environ.get("ROUTESQL_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("routesql")


def make_once(target: Path, needed: int, make: Callable[[Path], None]) -> Path:
    """Return `target`, a folder filled by `make(folder)` at most once.

    The work happens in a folder beside it that is renamed at the end. A start that was killed leaves only
    that folder, and the next start removes it; of two starts at once the second waits for the first.
    needed: bytes on disk while it runs. Raises `ModelError` when they are not there.
    """
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            return target if target.is_dir() else _make(target, needed, make)
    except OSError as error:
        raise _cannot_write(target, needed, error) from error


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    lock = FileLock(target.parent / f"{target.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("another process is preparing %s; waiting for it", target.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(target: Path, needed: int, make: Callable[[Path], None]) -> Path:
    for stale in target.parent.glob(f"{glob.escape(target.name)}.partial-*"):
        shutil.rmtree(stale)
    if shutil.disk_usage(target.parent).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.partial-", dir=target.parent))
    try:
        make(partial)
        for file in partial.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        return partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _cannot_write(target: Path, needed: int, error: OSError) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        problem = f"the disk is full: preparing the model needs {needed / 1e9:.1f} GB in {target.parent}"
        return ModelError(f"{problem}; free some space or set ROUTESQL_CACHE to a folder on another disk")
    problem = f"cannot prepare the model in {target.parent} ({error.strerror or error})"
    return ModelError(f"{problem}; set ROUTESQL_CACHE to a folder that can be written")
