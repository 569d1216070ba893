"""Models on the Hugging Face hub and in its cache on this machine, as `HF_HOME` and its kin place it."""

import logging
from pathlib import Path

from ...tools.errors import MissingExtra, ModelError
from .folder import lacking

log = logging.getLogger("routesql")

WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
"""What a model folder needs of a repository, subfolders aside."""


def cached(model: str) -> Path | None:
    """The complete snapshot of `model` in the cache, if there is one. Asks no network."""
    try:
        folder = _snapshot(model, local_files_only=True)
    except (FileNotFoundError, ValueError):  # not there, or not a name the hub could have
        return None
    return None if lacking(folder) else folder


def download(model: str) -> Path:
    """Fetch `model` into the cache; `ModelError` says why it could not be."""
    log.info("downloading %s from the Hugging Face hub", model)
    try:
        folder = _snapshot(model)
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot get model {model!r} from the Hugging Face hub: {_why(error)}") from error
    if fault := lacking(folder):
        raise ModelError(f"{model} on the Hugging Face hub has no {fault}, so it cannot be loaded here")
    return folder


def chat_models() -> dict[str, tuple[Path, int]]:
    """Complete models in the cache that have a chat template: id to folder and bytes on disk."""
    try:
        from huggingface_hub import scan_cache_dir
        from huggingface_hub.errors import CacheNotFound
    except ModuleNotFoundError:
        return {}
    try:
        repositories = scan_cache_dir().repos
    except (CacheNotFound, ValueError):
        return {}
    found = ((repo, cached(repo.repo_id)) for repo in repositories if repo.repo_type == "model")
    chatty = {
        repo.repo_id: (folder, repo.size_on_disk) for repo, folder in found if folder and _chats(folder)
    }
    return dict(sorted(chatty.items()))


def _snapshot(model: str, *, local_files_only: bool = False) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError:
        raise MissingExtra("huggingface_hub", "local") from None
    return Path(
        snapshot_download(
            model, allow_patterns=WANTED, ignore_patterns="*/*", local_files_only=local_files_only
        )
    )


def _chats(folder: Path) -> bool:
    config = folder / "tokenizer_config.json"
    return (folder / "chat_template.jinja").is_file() or (
        config.is_file() and '"chat_template"' in config.read_text(encoding="utf-8")
    )


def _why(error: OSError | ValueError) -> str:
    from huggingface_hub.errors import GatedRepoError, OfflineModeIsEnabled, RepositoryNotFoundError

    if isinstance(error, ValueError):
        return "that is not a name the hub could have"
    if isinstance(error, GatedRepoError):
        return "it is gated; accept its terms on the hub and set HF_TOKEN"
    if isinstance(error, RepositoryNotFoundError):
        return "the hub has no such model"
    if isinstance(error.__cause__, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    return "the hub cannot be reached" if isinstance(error, FileNotFoundError) else str(error).splitlines()[0]
