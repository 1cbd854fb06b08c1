"""What the guide to direct invocation says of answers, time and cost is the contract, the templates and arithmetic."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from shared.patience import CALL_SECONDS
from tests.support.templates import load_template
from tests.unit.docs.markdown import ROOT, Document
from tools.deployment.parameters import Mode

GUIDE: Final = Document("docs/guides/MIGRATION_GUIDE.md")
PRICES: Final = {
    row["what"]: row
    for row in Document("docs/guides/OPERATIONS_GUIDE.md").table("what", "a month", "price", "for", "costs", "yours")
}
MINUTES_OF_A_MONTH: Final = 730 * 60
DIFFERENT: Final = {row[""]: row for row in GUIDE.table("", "API", "direct")}


def _cost(what: str) -> Decimal:
    return Decimal(PRICES[what]["costs"])


def _firewalls() -> Decimal:
    return sum((_cost(what) for what in PRICES if "web ACLs" in what), Decimal(0))


def _of_the_console() -> Decimal:
    acls = load_template("waf-stack.yaml").of_type("AWS::WAFv2::WebACL").values()
    (console,) = [one for one in acls if one["Scope"] == "CLOUDFRONT"]
    each, rule = (Decimal(PRICES[what]["price"]) for what in ("web ACLs", "rules of web ACLs"))
    return each + len(console["Rules"]) * rule


def test_the_cost_of_each_way_is_a_sum_of_the_operations_guides_table() -> None:
    whole, calls = _cost("together"), _cost("calls of the API")
    looked_at = _cost("calls that web ACLs look at")
    by_api = {
        "`MODE=full`": whole,
        "`MODE=api`": whole - _of_the_console(),
        "either, with `EnableWAF=false`": whole - _firewalls(),
    }

    told = {row["mode"]: row for row in GUIDE.table("mode", "100,000 calls of the API", "none, all direct")}

    assert PRICES["calls of the API"]["a month"] == "100000"
    assert {mode: Decimal(row["100,000 calls of the API"]) for mode, row in told.items()} == by_api
    assert {mode: Decimal(row["none, all direct"]) for mode, row in told.items()} == {
        mode: cost - calls - (0 if "EnableWAF" in mode else looked_at) for mode, cost in by_api.items()
    }


def test_a_client_that_polls_costs_what_is_said() -> None:
    said = re.search(r"polls once a minute makes ([\d,]+)\s+calls a month, which is (\d+) cents", GUIDE.prose)
    price, per = Decimal(PRICES["calls of the API"]["price"]), Decimal(PRICES["calls of the API"]["for"])

    assert said
    assert int(said[1].replace(",", "")) == MINUTES_OF_A_MONTH
    cents = (MINUTES_OF_A_MONTH * price / per * 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert Decimal(said[2]) == cents


def test_the_prices_are_said_to_be_of_the_place_and_month_of_their_table() -> None:
    table = " ".join(Document("docs/guides/OPERATIONS_GUIDE.md").prose.split())
    here = " ".join(GUIDE.prose.partition("## What it costs")[2].split())

    of_the_table = re.search(r"US dollars for (\S+), written down by hand in (\w+ \d{4})", table)
    of_this = re.search(r"prices are examples\*\* for (\S+), written down by hand in (\w+ \d{4})", here)

    assert of_the_table and of_this
    assert of_this.groups() == of_the_table.groups()


def test_the_answers_are_those_of_the_contract() -> None:
    contract: dict[str, Any] = json.loads((ROOT / "docs/api/openapi.json").read_text(encoding="utf-8"))
    operations = [one for path in contract["paths"].values() for one in path.values() if "operationId" in one]

    good = sorted({status for one in operations for status in one["responses"] if status.startswith("2")})

    assert DIFFERENT["success"]["API"] == ", ".join(good)
    assert DIFFERENT["patience"]["API"] == "29 seconds"
    assert "no answer within 29 s" in (ROOT / "cfn/api-gateway-deployment-stack.yaml").read_text()
    assert CALL_SECONDS < 29


def test_every_mode_that_is_named_is_one() -> None:
    named = set(re.findall(r"\bMODE=([\w-]+)", GUIDE.text))

    assert {"full", "api"} <= named <= {mode.value for mode in Mode}


def test_every_step_has_its_way_back() -> None:
    steps = re.split(r"^\d\. ", GUIDE.text.partition("## Step by step")[2].partition("## What it costs")[0], flags=re.M)

    assert len(steps) == 6
    assert all("*Back*" in step for step in steps[1:])
