"""The folder of mails and logs belongs to one system at a time, and tells which mail is the newest."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.mails import Mail, Outbox
from local.state_folder import StateFolderError, state_folder

NOW = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)


def test_a_folder_is_made_and_stays(tmp_path: Path) -> None:
    with state_folder(tmp_path / "a" / "b") as folder:
        (folder / "kept").touch()

    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["kept"], "no lock is left in it"


def test_without_a_name_the_folder_is_temporary() -> None:
    with state_folder(None) as folder:
        (folder / "mails").mkdir()

    assert not folder.exists()


def test_a_folder_in_use_is_refused_until_its_system_has_ended(tmp_path: Path) -> None:
    words = "is in use by a system that runs: end that one, or name another"
    with state_folder(tmp_path), pytest.raises(StateFolderError, match=words):
        state_folder(tmp_path).__enter__()

    with state_folder(tmp_path) as folder:
        assert folder == tmp_path


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StateFolderError, match="must be a folder, or be one that can be made: "):
        state_folder(tmp_path / name).__enter__()


def mail(outbox: Outbox, subject: str) -> Mail:
    return outbox.add("ann@example.com", subject, "body", {}, NOW)


def test_a_new_system_in_a_used_folder_goes_on_numbering_and_keeps_the_old_mails(tmp_path: Path) -> None:
    first = Outbox(tmp_path)
    mail(first, "start")
    mail(first, "pause")
    (tmp_path / "notes.txt").touch()

    second = Outbox(tmp_path)
    newest = mail(second, "start")

    assert newest.number == 3
    assert second.mails() == [newest], "mails of earlier systems are not this one's"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "001-start.txt",
        "002-pause.txt",
        "003-start.txt",
        "notes.txt",
    ]
