"""Download of a corpus: file by file, at a fixed commit, each checked by its hash.

Nothing is ever downloaded unless it is asked for.
"""

from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any
from urllib.parse import quote

from componium.corpora._sources import File, data_folder, listed_files
from componium.errors import CorpusError, MissingExtraError
from componium.progress import Progress, type_on_progress

SERVER = "https://raw.githubusercontent.com"
AT_ONCE, TIMEOUT, RETRIES = 8, 60, 2  # downloads, seconds, times


def fetch(name: str, *, server: str = SERVER, on_progress: type_on_progress | None = None) -> Path:
    """Download the files of a corpus that aren't there yet; return their folder.

    name         a corpus whose files lie in public repositories
    server       the address before repository, commit and path
    on_progress  called with a Progress after each file

    Files that are there are checked, and downloaded again if they are damaged. Raises CorpusError for a corpus without
    such files and for a download that fails, MissingExtraError without pooch, OSError where nothing can be written.
    """
    files, root = listed_files(name), data_folder()
    if not files:
        raise CorpusError(f"no file of {name} can be fetched", advice=f"componium corpora {name} says where to get it")
    store = _store(files, root, server)
    for folder in {(root / file.name).parent for file in files}:
        folder.mkdir(parents=True, exist_ok=True)  # pooch's threads would make the same one twice
    with ThreadPoolExecutor(AT_ONCE) as executor:
        tasks = [executor.submit(_fetch_file, store, file.name) for file in files]
        try:
            for done, task in enumerate(as_completed(tasks), 1):
                task.result()
                if on_progress:
                    on_progress(Progress(f"fetching {name}", done, len(files)))
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
    return root


def _store(files: tuple[File, ...], root: Path, server: str) -> Any:
    """Return pooch's object for some files."""
    try:
        import pooch
    except ImportError as error:
        raise MissingExtraError("pooch, which downloads,", "corpora") from error
    pooch.get_logger().setLevel("ERROR")  # progress is told by on_progress
    urls = {file.name: _url(server, file) for file in files}
    hashes = {file.name: f"sha256:{file.sha256}" for file in files}
    return pooch.create(root, server, registry=hashes, urls=urls, retry_if_failed=RETRIES)


def _url(server: str, file: File) -> str:
    return f"{server}/{file.source.repository}/{file.source.commit}/{quote(file.address)}"


def _fetch_file(store: Any, name: str) -> None:
    import pooch
    import requests

    try:
        store.fetch(name, downloader=pooch.HTTPDownloader(timeout=TIMEOUT))
    except (requests.RequestException, ValueError) as error:  # ValueError: its hash is another
        raise CorpusError(f"can't be fetched: {error}", where=store.get_url(name), advice="try again") from error
