"""What is laid into the bucket, and how the deployed system is asked over HTTP."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from tests.functional.deployment.told import OUTPUTS, ToldBucket, ToldFunctions, pages, refused
from tools.deployment.errors import DeploymentError
from tools.deployment.smoke import TIMES, Answer, Smoke, get
from tools.deployment.upload import Bucket

OBJECTS = {"templates/master-template.yaml": b"new", "lambda/a-1.zip": b"a zip"}


class Refusing(ToldBucket):
    """A bucket that refuses one call."""

    def __init__(self, call: str, code: str) -> None:
        super().__init__()
        self._refused = {call: code}

    def head_object(self, Key: str, **more: Any) -> dict[str, Any]:
        if "HeadObject" in self._refused:
            raise refused(self._refused["HeadObject"], "no")
        return super().head_object(Key, **more)

    def put_object(self, Key: str, ChecksumSHA256: str, ExpectedBucketOwner: str, **more: Any) -> dict[str, Any]:
        raise refused(self._refused["PutObject"], "no")


def lay_out(told: ToldBucket) -> int:
    """Lay the objects into it."""
    return Bucket(cast(Any, told), "artefacts", "123456789012").lay_out(OBJECTS, "folder")


def test_what_has_another_content_is_put_again_and_the_rest_is_left() -> None:
    told = ToldBucket()
    assert lay_out(told) == 2
    told.objects["folder/templates/master-template.yaml"] = "of the former build"
    told.puts.clear()

    assert lay_out(told) == 1

    assert told.puts == ["folder/templates/master-template.yaml"]


@pytest.mark.parametrize("code", ["404", "NoSuchKey", "NotFound"])
def test_what_is_not_there_is_put(code: str) -> None:
    with pytest.raises(DeploymentError, match="cannot be put into artefacts: AccessDenied"):
        refusing = Refusing("HeadObject", code)
        refusing._refused["PutObject"] = "AccessDenied"
        lay_out(refusing)


def test_what_cannot_be_looked_at_is_never_taken_for_missing_or_for_there() -> None:
    with pytest.raises(DeploymentError, match="artefacts cannot be read: 403"):
        lay_out(Refusing("HeadObject", "403"))


@pytest.mark.parametrize("url", ["file:///etc/hosts", "http://example.com/health", "ftp://127.0.0.1:9/health"])
def test_only_an_address_of_the_system_is_asked(url: str) -> None:
    with pytest.raises(DeploymentError, match="is no address of this system"):
        get(url)


def test_what_does_not_listen_does_not_answer() -> None:
    with pytest.raises(DeploymentError, match="does not answer"):
        get("http://127.0.0.1:9/health")


def test_a_new_stage_is_given_its_time_and_no_more() -> None:
    answers = [Answer(404, b""), Answer(500, b"not yet"), Answer(200, b'{"status": "ok"}')]
    slept: list[float] = []
    said: list[str] = []
    outputs = {name: value for name, value in OUTPUTS.items() if name != "CloudFrontURL"}

    Smoke(cast(Any, ToldFunctions()), lambda _: answers.pop(0), slept.append, said.append).ask(outputs, over_http=True)

    assert len(slept) == 2 and any("/health answers" in line for line in said)
    slept.clear()
    with pytest.raises(DeploymentError, match="answers 404"):
        bad = pages(health=Answer(404, b""))
        Smoke(cast(Any, ToldFunctions()), bad, slept.append, said.append).ask(outputs, over_http=True)
    assert len(slept) == TIMES - 1


def test_a_console_of_other_users_is_not_this_ones() -> None:
    config = json.dumps({"apiEndpoint": OUTPUTS["ApiEndpoint"], "cognitoUserPoolId": "us-east-1_another"}).encode()
    smoke = Smoke(cast(Any, ToldFunctions()), pages(config=Answer(200, config)), lambda _: None, lambda _: None)

    with pytest.raises(
        DeploymentError, match="names us-east-1_another as cognitoUserPoolId, the stack has us-east-1_pool"
    ):
        smoke.ask(OUTPUTS, over_http=True)


@pytest.mark.parametrize("output", ["QueryHandlerFunctionName", "ApiEndpoint", "UserPoolId"])
def test_a_stack_without_what_is_asked_for_is_not_well(output: str) -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != output}
    smoke = Smoke(cast(Any, ToldFunctions()), pages(), lambda _: None, lambda _: None)

    with pytest.raises(DeploymentError, match=f"no output {output}"):
        smoke.ask(outputs, over_http=True)
