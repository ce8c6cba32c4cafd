"""Copies of a model folder: to another folder, and to the Hugging Face hub."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from conflict_events.errors import ModelError
from conflict_events.folder_files import check_inside
from conflict_events.model_folder import CARD, FILES, ModelFolder, load_model_folder


def read_card(folder: ModelFolder) -> str:
    """Return the model card of a folder: Markdown under the YAML block that the hub reads.

    Raises:
        ModelError: the folder has none, or it cannot be read.
    """
    file = folder.path / CARD
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelError(f"{folder.path}: has no model card ({CARD}); training writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{file}: cannot be read ({error})") from error


def copy_model_folder(folder: ModelFolder, destination: str | Path) -> Path:
    """Copy a model folder's files to `destination`, made where it is missing, and verify the copy.

    Raises:
        ModelError: it cannot be written there, or the copy is not the same model.
    """
    target = Path(destination).expanduser()
    try:
        target.mkdir(parents=True, exist_ok=True)
        if not target.samefile(folder.path):
            for name in _present(folder):
                part = target / f".{name}.{os.getpid()}.part"
                try:
                    shutil.copyfile(folder.path / name, part)
                    part.replace(target / name)
                finally:
                    part.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{target}: the model cannot be saved there ({error.strerror or error})") from error
    _check_unchanged(folder, target)
    return target


def push_model_folder(
    folder: ModelFolder, repo_id: str, *, private: bool, token: str | None, commit_message: str
) -> str:
    """Upload a model folder's files to the hub in one commit and return the commit's address.

    Raises:
        ModelError: huggingface_hub is not installed, the folder has changed since it was loaded, or the hub
            cannot be reached or refuses.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ImportError:
        raise ModelError("to push to the hub: pip install huggingface_hub") from None
    _check_unchanged(folder, folder.path)
    # The bases are OSError (a missing token, the offline mode) and the error of the HTTP client, which is
    # httpx or httpx2 by the version of huggingface_hub.
    refusals: tuple[type[Exception], ...] = (*HfHubHTTPError.__bases__, HFValidationError)
    hub = HfApi(token=token)
    try:
        # The repository may be named without its owner; the answer has the full id.
        full_id = hub.create_repo(repo_id, private=private, exist_ok=True).repo_id
        commit = hub.upload_folder(
            repo_id=full_id,
            folder_path=folder.path,
            allow_patterns=_present(folder),
            commit_message=commit_message,
        )
    except refusals as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{repo_id}: not pushed to the hub ({reason}); check the id, the network, and that you may write "
            "there (hf auth login)"
        ) from error
    return str(commit.commit_url)


def _present(folder: ModelFolder) -> list[str]:
    names = [name for name in FILES if (folder.path / name).is_file()]
    for name in names:
        check_inside(folder.path, name)
    return names


def _check_unchanged(folder: ModelFolder, path: Path) -> None:
    version = load_model_folder(path).version
    if version != folder.version:
        raise ModelError(
            f"{path}: holds model {version} and not {folder.version}, which was loaded: it has changed; "
            "load it again"
        )
