"""The same files are the same bytes, and another byte is another key."""

from __future__ import annotations

import hashlib
import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from tools.packaging.archive import hashed, zipped

FILES = st.dictionaries(st.text("ab/._", min_size=1, max_size=6), st.binary(max_size=40), max_size=6)


@given(FILES, st.randoms())
def test_the_order_in_which_files_come_is_not_in_the_zip(files: dict[str, bytes], random: object) -> None:
    shuffled = list(files.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert zipped(dict(shuffled)) == zipped(files)


@given(FILES)
def test_every_file_is_there_readable_by_all_and_of_one_time(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        entries = archive.infolist()
        assert {entry.filename: archive.read(entry) for entry in entries} == files

    assert [entry.filename for entry in entries] == sorted(files)
    assert {entry.date_time for entry in entries} <= {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} <= {0o100644}


def test_a_key_carries_the_hash_of_the_content() -> None:
    artefact = hashed("lambda", "query-handler", ".zip", b"content")

    assert artefact.sha256 == hashlib.sha256(b"content").hexdigest()
    assert artefact.key == f"lambda/query-handler-{artefact.sha256[:16]}.zip"
    assert hashed("lambda", "query-handler", ".zip", b"contents").key != artefact.key
