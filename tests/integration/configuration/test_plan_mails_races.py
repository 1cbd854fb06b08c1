"""The mails of plans where answers get lost, and where saves of one plan meet."""

from dataclasses import replace

import pytest

from shared.errors import ValidationError
from shared.stores.mail_subscriptions import MailSubscriptions
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plan_mails import OPS, mails_of, stored
from tests.support.tampered_table import ForgetfulTable


def test_an_address_that_sns_refuses_keeps_its_plan_from_being_stored_though_the_answer_of_its_row_got_lost(
    system: System,
) -> None:
    rows = MailSubscriptions(ForgetfulTable(system.tables["plans"]))
    system.topic.refuses["subscribe"] = ValidationError.one("notificationEmail", "no such address", "REFUSED_ADDRESS")
    mails = replace(mails_of(system), rows=rows)

    with pytest.raises(ValidationError, match="no such address"), mails.saving(stored("a", OPS)):
        raise AssertionError("written")

    row = rows.get(OPS)
    assert row is not None
    assert (row.plans, system.topic.addresses()) == ({}, [])
