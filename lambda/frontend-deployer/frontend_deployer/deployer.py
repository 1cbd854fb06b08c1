"""Publishes the console, and takes it away again when its stack goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from aws_lambda_powertools import Logger

from frontend_deployer.answering import NOTHING, Result, Waiting
from frontend_deployer.pages import Page, left_over, pages
from frontend_deployer.requests import ConsolePages, RequestType, StackRequest

GOING: Final = frozenset({"DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})
"""A stack that is being deleted, or taken back because it could not be created: only then its bucket goes too."""


class Bucket(Protocol):
    """The bucket of the console."""

    def put(self, bucket: str, page: Page) -> None:
        """Write one file."""
        ...

    def keys(self, bucket: str) -> list[str]:
        """Every key; none if there is no such bucket."""
        ...

    def delete(self, bucket: str, keys: list[str]) -> None:
        """Delete these files."""
        ...


class Distribution(Protocol):
    """What serves the bucket."""

    def invalidate(self, distribution_id: str, reference: str) -> None:
        """Have it ask for every file anew; once for one reference."""
        ...


class Stacks(Protocol):
    """CloudFormation."""

    def status(self, stack_id: str) -> str:
        """How a stack is."""
        ...


@dataclass(frozen=True)
class Deployer:
    """Carries out what CloudFormation asks for."""

    console: Path
    bucket: Bucket
    distribution: Distribution
    stacks: Stacks
    logger: Logger

    def carry_out(self, event: Mapping[str, Any], waiting: Waiting) -> Result:
        """Do what is asked; OutOfTimeError, or whatever AWS refuses."""
        request = StackRequest.model_validate(event)
        if request.request_type is RequestType.DELETE:
            return self._take_away(request, waiting)
        asked = ConsolePages.model_validate(request.resource_properties)
        files = self._publish(asked, request.request_id, waiting)
        return Result(f"console-of-{asked.bucket_name}", {"FileCount": str(files)})

    def _publish(self, asked: ConsolePages, reference: str, waiting: Waiting) -> int:
        published = pages(_files(self.console), asked.config)
        for page in published:
            waiting.check()
            self.bucket.put(asked.bucket_name, page)
        old = list(left_over(self.bucket.keys(asked.bucket_name), published))
        waiting.check()
        self.bucket.delete(asked.bucket_name, old)
        self.distribution.invalidate(asked.distribution_id, reference)
        self.logger.info("the console is published", files=len(published), deleted=len(old), bucket=asked.bucket_name)
        return len(published)

    def _take_away(self, request: StackRequest, waiting: Waiting) -> Result:
        """Empty the bucket if it goes with its stack; a resource that leaves the template leaves the pages."""
        status = self.stacks.status(request.stack_id)
        name = str(request.resource_properties.get("BucketName") or "")
        if status not in GOING or not name:
            self.logger.info("nothing is taken away", stack=request.stack_id, status=status)
            return Result(request.physical_resource_id or NOTHING)
        keys = self.bucket.keys(name)
        waiting.check()
        self.bucket.delete(name, keys)
        self.logger.info("the bucket is empty", files=len(keys), bucket=name)
        return Result(request.physical_resource_id or NOTHING)


def _files(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
