"""The operations as the demo calls them: by direct invocation of the published functions."""

from collections.abc import Iterator
from typing import Any

from local.system import LocalSystem
from shared.operation_index import INDEX


class OperationRefusedError(Exception):
    """An operation answered with an error; the message is its sentence, `answer` the whole envelope."""

    def __init__(self, operation: str, answer: dict[str, Any]) -> None:
        super().__init__(f"{operation}: {answer['error']}: {answer['message']}")
        self.answer = answer


class Operations:
    """Calls operations; an error of an operation is raised."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The result of one operation; OperationRefusedError with its sentence."""
        event = {"operation": operation, "parameters": parameters}
        answer: dict[str, Any] = self._system.invoke(INDEX[operation][1][0], event)
        if "error" in answer and "requestId" in answer:
            raise OperationRefusedError(operation, answer)
        return answer

    def every(self, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, all pages."""
        token: dict[str, Any] = {}
        while True:
            page = self.call(operation, **parameters, **token)
            yield from page["items"]
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}
