"""Reflected schemas on disk: reading a catalog of hundreds of tables takes seconds, and it seldom changes.

Only a time saver: a stale or damaged entry is reflected anew, a folder that cannot be written does without.
"""

import json
import os
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import platformdirs

from .schema import Schema

LAYOUT = 1
"""Raised when the JSON of a schema changes its shape."""
LIFETIME = 24 * 3600
"""In seconds: a server's fingerprint tells of its tables only, so its sample rows are read anew each day."""


def user_folder() -> Path:
    """`$ROUTESQL_CACHE/schemas`, or `routesql/schemas` in the user's cache folder."""
    return Path(os.environ.get("ROUTESQL_CACHE") or platformdirs.user_cache_path("routesql")) / "schemas"


@dataclass(frozen=True)
class Entry:
    folder: Path | None
    """None switches the cache off."""
    key: str
    """What was reflected, and how."""
    fingerprint: str
    """Changes whenever the schema may have."""

    def read(self) -> Schema | None:
        if self.folder is None:
            return None
        path = self._path(self.folder)
        try:
            if time.time() - path.stat().st_mtime > LIFETIME:
                return None
            entry = json.loads(path.read_text(encoding="utf-8"))
            return Schema.from_json(entry["schema"]) if entry["fingerprint"] == self.fingerprint else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, schema: Schema) -> None:
        if self.folder is None:
            return
        text = json.dumps({"fingerprint": self.fingerprint, "schema": schema.as_json()}, ensure_ascii=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self._path(self.folder), text)
        except OSError:
            return

    def _path(self, folder: Path) -> Path:
        return folder / f"{sha256(f'{LAYOUT} {self.key}'.encode()).hexdigest()[:32]}.json"


def _replace(path: Path, text: str) -> None:
    """Rename into place, so that nobody reads half; the mode is mkstemp's 0600, for the sample rows' sake."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with open(handle, "w", encoding="utf-8", errors="replace") as file:  # noqa: PTH123  (a descriptor)
            file.write(text)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
