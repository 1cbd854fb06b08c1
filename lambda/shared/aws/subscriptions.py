"""SNS: the e-mail subscriptions of the notification topic, each filtered by plans.

The role needs `sns:Subscribe` on the topic, and `sns:GetSubscriptionAttributes`, `sns:SetSubscriptionAttributes` and
`sns:Unsubscribe`, which know no resource.
"""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.calls import code_of, status_of
from shared.aws.ports import Subscribed, SubscribedOtherwiseError
from shared.errors import ConflictError, ConflictReason, QuotaExceededError, ThrottledError, ValidationError
from shared.patience import MAIL_SECONDS, answer_of, patience, why_unanswered

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

PLAN_ATTRIBUTE: Final = "recoveryPlanId"
"""The attribute of every mail of an execution that names its plan."""

RETRY_SECONDS: Final = 30

_OTHERWISE: Final = "already exists with different attributes"
_INVALID: Final = frozenset({"InvalidParameter", "InvalidParameterException"})
_GONE: Final = frozenset({"NotFound", "NotFoundException"})
_FULL: Final = frozenset({"FilterPolicyLimitExceeded", "SubscriptionLimitExceeded"})
_LATER: Final = frozenset({"Throttled", "ThrottledException", "Throttling", "ThrottlingException"})


class SubscriptionsGateway:
    """The subscriptions of one topic; the client is made when it is first needed."""

    def __init__(self, make_client: Callable[[], "SNSClient"], topic_arn: str) -> None:
        self._make_client = make_client
        self._topic_arn = topic_arn

    @cached_property
    def _client(self) -> "SNSClient":
        return self._make_client()

    def subscribe(self, address: str, plan_ids: Collection[str]) -> str:
        """Have the address get the mails of these plans, once it has confirmed; the ARN, also if that was so already.

        SubscribedOtherwiseError; ValidationError naming notificationEmail for an address that SNS does not take;
        QuotaExceededError, ThrottledError.
        """
        try:
            with _errors_of_ours():
                answer = _asked(
                    self._client.subscribe, **self._request(address), Attributes={"FilterPolicy": _policy(plan_ids)}
                )
        except ClientError as error:
            raise _refusal(error, address) from error
        return str(answer["SubscriptionArn"])

    def existing(self, address: str) -> Subscribed:
        """The subscription of an address that has one: Subscribe without attributes answers it as it is."""
        with _errors_of_ours():
            arn = _asked(self._client.subscribe, **self._request(address))["SubscriptionArn"]
            attributes = _asked(self._client.get_subscription_attributes, SubscriptionArn=arn)["Attributes"]
        return Subscribed(arn, _plan_ids(attributes.get("FilterPolicy", "")))

    def filter(self, arn: str, plan_ids: Collection[str]) -> bool:
        """Have a subscription get the mails of these plans and of no others; False if it is gone.

        ConflictError if SNS does not change it.
        """
        try:
            with _errors_of_ours():
                _asked(
                    self._client.set_subscription_attributes,
                    SubscriptionArn=arn,
                    AttributeName="FilterPolicy",
                    AttributeValue=_policy(plan_ids),
                )
        except ClientError as error:
            if code_of(error) in _INVALID:
                raise ConflictError(
                    f"SNS does not change a subscription of the plan's address: {_words_of(error)}; "
                    "the address may have to confirm it first",
                    reason=ConflictReason.INVALID_STATE,
                ) from error
            if code_of(error) not in _GONE:
                raise
            return False
        return True

    def unsubscribe(self, arn: str) -> bool:
        """End a subscription; False for one that nobody has confirmed, which SNS itself drops after 48 hours."""
        try:
            with _errors_of_ours():
                _asked(self._client.unsubscribe, SubscriptionArn=arn)
        except ClientError as error:
            if code_of(error) not in _INVALID:
                raise
            return False
        return True

    def _request(self, address: str) -> Any:
        return {
            "TopicArn": self._topic_arn,
            "Protocol": "email",
            "Endpoint": address,
            "ReturnSubscriptionArn": True,
        }


def _asked(call: Callable[..., Any], **request: Any) -> Any:
    """What SNS answers; the caller waits for the answer to the whole call, of which this is a part."""
    with patience(MAIL_SECONDS):
        return answer_of(lambda: call(**request))


@contextmanager
def _errors_of_ours() -> Iterator[None]:
    """ThrottledError where SNS did not answer or wants fewer calls; other refusals pass as they are."""
    try:
        yield
    except BotoCoreError as error:
        raise _later(why_unanswered(error)) from error
    except ClientError as error:
        if code_of(error) in _LATER or status_of(error) >= 500:  # noqa: PLR2004 - HTTP: the server's own failures
            raise _later(code_of(error)) from error
        raise


def _later(why: str) -> ThrottledError:
    return ThrottledError(
        f"SNS did not answer for the plan's address ({why}); ask again", retryAfterSeconds=RETRY_SECONDS
    )


def _refusal(error: ClientError, address: str) -> Exception:
    code, said = code_of(error), _words_of(error)
    if code in _INVALID and _OTHERWISE in said:
        return SubscribedOtherwiseError(address)
    if code in _INVALID:
        return ValidationError.one("notificationEmail", f"SNS does not take this address: {said}", "REFUSED_ADDRESS")
    if code in _FULL:
        return QuotaExceededError(
            "the notification topic has no room for another address: raise the quota of SNS or name one that has plans",
            quota=code.removesuffix("Exceeded"),
            needed=1,
        )
    return error


def _words_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def _policy(plan_ids: Collection[str]) -> str:
    return json.dumps({PLAN_ATTRIBUTE: sorted(plan_ids)}, separators=(",", ":"))


def _plan_ids(policy: str) -> frozenset[str] | None:
    """The plans that a filter names, if it is one of ours by its shape."""
    try:
        content = json.loads(policy)
    except ValueError:
        return None
    values = content.get(PLAN_ATTRIBUTE) if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return None
    return frozenset(values)
