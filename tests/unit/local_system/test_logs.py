"""What of moto and the local system is kept in a file."""

import logging
from pathlib import Path

from local.logs import logged_to


def test_a_line_about_a_failure_names_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "local-system.log"
    moto = logging.getLogger("moto.stepfunctions")

    with logged_to(path):
        try:
            raise ConnectionError("nobody listens at http://127.0.0.1:9")
        except ConnectionError:
            moto.warning("the task failed")
        moto.warning("the next one did not")

    first, second = path.read_text(encoding="utf-8").splitlines()
    assert first.endswith("the task failed ConnectionError: nobody listens at http://127.0.0.1:9")
    assert second.endswith("the next one did not")
