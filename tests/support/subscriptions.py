"""SNS's e-mail subscriptions in memory, as AWS keeps them: one for each address, and never another filter by asking."""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.aws.ports import Subscribed, SubscribedOtherwiseError
from shared.errors import DrsOrchestrationError, ThrottledError
from shared.patience import is_out_of_patience

EVERYTHING = None
"""The filter of a subscription that has none."""


@dataclass
class _Subscription:
    address: str
    plan_ids: frozenset[str] | None
    confirmed: bool = True


@dataclass
class SubscriptionsOfTest:
    """The subscriptions of one topic; `confirms` says whether new addresses confirm at once.

    `before` is called once, right before the next call of that name; `refuses` is raised by that call every time, after
    the call was carried out if `and_does_it`.
    """

    confirms: bool = True
    calls: list[str] = field(default_factory=list)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    refuses: dict[str, DrsOrchestrationError] = field(default_factory=dict)
    and_does_it: bool = False
    _known: dict[str, _Subscription] = field(default_factory=dict)
    _made: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def goes_down(self, *calls: str, and_does_it: bool = False) -> None:
        """SNS does not answer these calls from now on; `and_does_it`: but carries them out."""
        self.refuses = {call: ThrottledError("SNS did not answer", retryAfterSeconds=30) for call in calls}
        self.and_does_it = and_does_it

    def comes_back(self) -> None:
        """SNS answers again."""
        self.refuses = {}

    def add(self, address: str, plan_ids: Collection[str] | None = EVERYTHING) -> str:
        """Somebody subscribes the address without us."""
        self._made += 1
        arn = f"arn:aws:sns:us-east-1:123456789012:mails:{self._made}"
        self._known[arn] = _Subscription(address, None if plan_ids is None else frozenset(plan_ids), self.confirms)
        return arn

    def lose(self, address: str) -> None:
        """The person behind the address unsubscribes by a mail's link."""
        self._known = {arn: each for arn, each in self._known.items() if each.address != address}

    def mails(self, plan_id: str) -> list[str]:
        """Who would get a mail of the plan, by address."""
        return sorted(
            each.address
            for each in self._known.values()
            if each.confirmed and (each.plan_ids is None or plan_id in each.plan_ids)
        )

    def filter_of(self, address: str) -> set[str] | None:
        """The plans that the address' one subscription is filtered by."""
        [found] = [each for each in self._known.values() if each.address == address]
        return None if found.plan_ids is None else set(found.plan_ids)

    def addresses(self) -> list[str]:
        """Every address that has a subscription, confirmed or not."""
        return sorted(each.address for each in self._known.values())

    def subscribe(self, address: str, plan_ids: Collection[str]) -> str:
        with self._call("subscribe"):
            arn = self._arn_of(address)
            if arn is not None and self._known[arn].plan_ids != frozenset(plan_ids):
                raise SubscribedOtherwiseError(address)
            return arn or self.add(address, plan_ids)

    def existing(self, address: str) -> Subscribed:
        with self._call("existing"):
            arn = self._arn_of(address) or self.add(address)
            return Subscribed(arn, self._known[arn].plan_ids)

    def filter(self, arn: str, plan_ids: Collection[str]) -> bool:
        with self._call("filter"):
            if arn in self._known:
                self._known[arn].plan_ids = frozenset(plan_ids)
            return arn in self._known

    def unsubscribe(self, arn: str) -> bool:
        with self._call("unsubscribe"):
            if arn in self._known and not self._known[arn].confirmed:
                return False
            self._known.pop(arn, None)
            return True

    def _arn_of(self, address: str) -> str | None:
        return next((arn for arn, each in self._known.items() if each.address == address), None)

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        with self._lock:
            self.calls.append(name)
            self.before.pop(name, lambda: None)()
            refusal = self.refuses.get(name)
            if is_out_of_patience():
                raise ThrottledError("SNS was not asked any more", retryAfterSeconds=30)
            if refusal is not None and not self.and_does_it:
                raise refusal
            yield
            if refusal is not None:
                raise refusal
