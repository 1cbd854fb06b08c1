"""The operations as the demo calls them: by direct invocation of the published functions."""

from collections.abc import Iterator
from typing import Any, Final

from local.system import LocalSystem

_FUNCTIONS: Final = {
    "add_target_account": "data-management-handler",
    "import_configuration": "data-management-handler",
    "list_protection_groups": "query-handler",
    "list_recovery_plans": "query-handler",
    "update_protection_group": "data-management-handler",
    "get_launch_config_status": "query-handler",
    "preflight_recovery_plan": "query-handler",
    "get_execution": "query-handler",
    "get_execution_events": "query-handler",
    "get_job_logs": "query-handler",
    "get_recovery_instances": "query-handler",
    "get_termination_status": "query-handler",
    "start_execution": "execution-handler",
    "terminate_instances": "execution-handler",
}


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
        answer: dict[str, Any] = self._system.invoke(_FUNCTIONS[operation], event)
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
