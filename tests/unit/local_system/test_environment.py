"""What a local system hears of the environment in which it is started."""

import os

import pytest

from local.environment import forget_aws


def test_nothing_that_is_said_to_the_clients_of_aws_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, "COLUMNS": "80"}
    said = {"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:9", "AWS_PROFILE": "real", "AWS_CONFIG_FILE": "/home/config"}
    monkeypatch.setattr(os, "environ", {**before, **said})

    forget_aws()

    left = {name: value for name, value in os.environ.items() if name not in before}
    assert left == {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert os.environ.items() >= before.items()
