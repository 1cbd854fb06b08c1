"""The operations of this function: importing a module declares what it holds."""

from execution.control import cancel_execution, pause_execution, resume_execution
from execution.start_execution import start_execution
from execution.terminating import terminate_instances
from execution.wave_control import retry_wave, skip_wave
from shared.services.execution_reads import get_execution, list_executions

__all__ = [
    "cancel_execution",
    "get_execution",
    "list_executions",
    "pause_execution",
    "resume_execution",
    "retry_wave",
    "skip_wave",
    "start_execution",
    "terminate_instances",
]
