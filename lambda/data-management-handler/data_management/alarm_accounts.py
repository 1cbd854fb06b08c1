"""The accounts that the alarms of a plan name: no plan is stored with one that it may not use."""

from collections.abc import Iterator

from data_management.app import ConfigurationApp
from shared.account_utils import why_unusable
from shared.errors import CrossAccountError
from shared.models.health_checks import AlarmCheck
from shared.models.recovery_plan import RecoveryPlanFields
from shared.models.violation import Violation


def accounts_of_alarms(fields: RecoveryPlanFields, app: ConfigurationApp) -> list[str]:
    """The accounts that its alarms name, but the hub's own, which needs no registration."""
    return [account_id for account_id in fields.alarm_account_ids if account_id != app.hub_account_id]


def check_alarm_accounts(fields: RecoveryPlanFields, app: ConfigurationApp) -> Iterator[Violation]:
    """A violation for each account that an alarm names and no plan may use; CrossAccountError for a spoiled row."""
    named = accounts_of_alarms(fields, app)
    known = app.accounts.find_many(named)
    for position, wave in enumerate(fields.waves):
        for place, check in enumerate(wave.health_checks or ()):
            if not isinstance(check, AlarmCheck) or check.account_id not in named:
                continue
            found = known.get(check.account_id)
            if isinstance(found, CrossAccountError):
                raise found
            obstacle = why_unusable(check.account_id, found)
            if obstacle is not None:
                path = f"waves[{position}].healthChecks[{place}].accountId"
                yield Violation(path, obstacle[1], obstacle[0].value)
