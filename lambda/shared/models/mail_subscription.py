"""Who gets the mails of which plans."""

from pydantic import Field

from shared.models.base import Instant, Model


class MailSubscription(Model):
    """An address with the plans whose mails it gets, because SNS keeps one subscription for each address of a topic.

    `plans` has for each plan a mark of whoever wrote it last. `arn` is the subscription's, if it is known to be ours;
    until then `asked` are the plans that one of ours may have been made for. `settled` says that SNS knows all this;
    `looked_at` is when the stored plans were last asked for their address. `claim` changes with every write.
    """

    address: str
    plans: dict[str, str] = Field(default_factory=dict)
    arn: str | None = None
    asked: tuple[str, ...] = ()
    settled: bool = False
    looked_at: Instant | None = None
    claim: str = ""
