"""Alarms, cost and commands of the operations guide are those of the templates, of arithmetic and of a shell."""

from __future__ import annotations

import json
import re
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from data_management.import_document import ImportConfiguration
from query.export_configuration import ExportConfiguration
from shared.observability import NAMESPACE
from tests.support.templates import Template, load_template
from tests.unit.docs.markdown import Document, documents
from tests.unit.docs.shell import aws_commands, faults

GUIDE: Final = Document("docs/guides/OPERATIONS_GUIDE.md")
NEEDED: Final = {
    "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:topic",
}
MONITORING: Final = load_template("monitoring-stack.yaml", **NEEDED)
FUNCTIONS: Final = load_template("lambda-stack.yaml")
FIREWALLS: Final = load_template("waf-stack.yaml")
EVENTS: Final = load_template("eventbridge-stack.yaml")
ALARMS: Final[list[dict[str, Any]]] = [
    alarm for template in (MONITORING, FUNCTIONS) for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
]
STRIKES: Final = {"rate(1 minute)": 730 * 60, "rate(1 hour)": 730}
COMMANDS: Final = [(one.path, command) for one in documents() for command in aws_commands(one)]


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_every_command_of_the_aws_cli_is_one_that_there_is(path: str, command: str) -> None:
    assert faults(command) == [], path


def test_a_command_that_there_is_not_is_found() -> None:
    assert faults("aws dynamodb drop-table --table-name a") == ["dynamodb has no drop-table"]
    assert faults("aws dynamodb delete-table --name a") == [
        "DeleteTable takes no --name",
        "DeleteTable needs --table-name",
    ]
    assert faults("aws dynamodb wait for-ever") == ["dynamodb waits for no for-ever"]
    assert faults("aws cloudformation deploy --bucket a") == ["cloudformation deploy has no --bucket"]


def test_the_guide_has_every_alarm_with_its_threshold_and_its_time() -> None:
    listed = {row["alarm"].strip("`"): row["fires if"] for row in GUIDE.table("alarm", "fires if")}
    named = {_short(alarm): alarm for alarm in ALARMS}

    assert set(listed) == set(named)
    for name, words in listed.items():
        alarm = named[name]
        numbers = [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", words)]
        assert int(alarm["Threshold"]) in numbers, name
        assert _minutes(alarm) == _said_minutes(words), name


def _short(alarm: dict[str, Any]) -> str:
    return str(alarm["AlarmName"]).removeprefix("aws-drs-orchestration-").removesuffix("-dev")


def _minutes(alarm: dict[str, Any]) -> tuple[int, int]:
    period = alarm.get("Period") or alarm["Metrics"][1]["MetricStat"]["Period"]
    return int(alarm["EvaluationPeriods"]), int(period) // 60


def _said_minutes(words: str) -> tuple[int, int]:
    if found := re.search(r"in each of (\d) minutes", words):
        return int(found[1]), 1
    if found := re.search(r"for (\d) × (\d) minutes", words):
        return int(found[1]), int(found[2])
    found = re.search(r"in (\d) minutes?$", words)
    assert found, words
    return 1, int(found[1])


COSTS: Final = GUIDE.table("what", "a month", "price", "for", "costs", "yours")


@pytest.mark.requirement("PRD-32")
@pytest.mark.parametrize("row", COSTS[:-1], ids=lambda row: row["what"])
def test_what_something_costs_is_quantity_times_price(row: dict[str, str]) -> None:
    cost = Decimal(row["a month"]) * Decimal(row["price"]) / Decimal(row["for"])

    assert Decimal(row["costs"]) == cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_prices_are_said_to_be_examples_of_one_place_and_day_and_where_true_ones_are() -> None:
    said = GUIDE.prose.partition("How to estimate it before")[2]
    place_and_day = " ".join(said.partition("| what |")[0].split())

    assert "**The prices are examples**" in place_and_day
    assert "us-east-1" in place_and_day and re.search(r"in (January|February) 20\d\d", place_and_day)
    assert "nothing here checks them" in place_and_day
    assert any("aws pricing get-products" in block for block in GUIDE.fences("bash"))


def test_the_sum_of_the_costs_is_their_sum() -> None:
    assert COSTS[-1]["what"] == "together"
    assert Decimal(COSTS[-1]["costs"]) == sum(Decimal(row["costs"]) for row in COSTS[:-1])


def test_the_quantities_are_those_of_the_templates() -> None:
    quantities = {row["what"]: int(row["a month"]) for row in COSTS[:-1]}
    webs = FIREWALLS.of_type("AWS::WAFv2::WebACL").values()
    strikes, seconds = _strikes()
    calls = quantities["calls of the API"]

    assert quantities["web ACLs"] == len(webs)
    assert quantities["rules of web ACLs"] == sum(len(acl["Rules"]) for acl in webs)
    assert quantities["dashboards"] == len(MONITORING.of_type("AWS::CloudWatch::Dashboard"))
    assert quantities["metrics of alarms"] == sum(map(_metrics, ALARMS))
    assert quantities["keys"] == len(load_template("notification-stack.yaml").of_type("AWS::KMS::Key"))
    assert quantities["metrics of our own"] == len(
        {one["MetricName"] for one in ALARMS if one.get("Namespace") == NAMESPACE}
    )
    assert quantities["traces, one a strike of the clock"] == strikes
    assert quantities["GB-seconds of functions, 0.2 s a strike"] == round(seconds)
    assert quantities["invocations, strikes and calls"] == strikes + calls
    assert quantities["read units of tables, 10 a strike"] == 10 * strikes
    assert quantities["calls that web ACLs look at"] == calls


def test_a_drill_has_the_state_transitions_that_the_bench_has_measured() -> None:
    (row,) = [row for row in COSTS if row["what"].startswith("state transitions")]
    measured = re.search(r"^\| state transitions \|  \| (\d+) \|", Document("docs/benchmarks.md").text, re.MULTILINE)

    assert measured
    assert row["what"] == f"state transitions, {measured[1]} a drill"
    assert int(row["a month"]) == 4 * int(measured[1])


def _metrics(alarm: dict[str, Any]) -> int:
    return sum("MetricStat" in one for one in alarm.get("Metrics", [])) or 1


def _strikes() -> tuple[int, float]:
    """How often the clock strikes in a month, and the GB-seconds of what it calls at 0.2 s each."""
    memory = {one["FunctionName"]: one["MemorySize"] for one in FUNCTIONS.of_type("AWS::Lambda::Function").values()}
    strikes, seconds = 0, 0.0
    for name, rule in EVENTS.of_type("AWS::Events::Rule").items():
        if EVENTS.creates(name) and "ScheduleExpression" in rule:
            often = STRIKES[rule["ScheduleExpression"]]
            function = rule["Targets"][0]["Arn"].split(":")[6]
            strikes += often
            seconds += often * memory[function] / 1024 * 0.2
    return strikes, seconds


def test_the_rules_that_are_turned_off_for_a_restore_are_those_that_the_clock_strikes() -> None:
    (line,) = [line for line in GUIDE.text.split("\n\n") if "aws events disable-rule" in line]
    step = line[line.index("disable-rule") : line.index("2. Back up")]
    rules = _scheduled(EVENTS)

    named = {one.removeprefix("aws-drs-orchestration").removeprefix("…") for one in re.findall(r"`([^`]+-dev)`", step)}
    assert named == {rule.removeprefix("aws-drs-orchestration") for rule in rules}


def _scheduled(template: Template) -> set[str]:
    rules = template.of_type("AWS::Events::Rule").values()
    return {rule["Name"] for rule in rules if rule.get("ScheduleExpression") is not None}


def _block(beginning: str) -> str:
    (found,) = [block for block in GUIDE.fences("bash") if block.startswith(beginning)]
    return found


STANDS_IN: Final = """
drs() {
  COUNT=$(ls asked-* 2>/dev/null | wc -l)
  cat > "asked-$COUNT.json"
  cat "answer-$COUNT.json"
}
aws() { echo '[]'; }
"""
"""For the function of the README and for the AWS CLI."""


def _asked(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("asked-*"))]


def _run(script: str, folder: Path, answers: list[dict[str, Any]]) -> None:
    for number, answer in enumerate(answers):
        (folder / f"answer-{number}.json").write_text(json.dumps(answer))
    subprocess.run(["bash", "-euc", STANDS_IN + script], cwd=folder, check=True)


def test_the_export_asks_for_page_after_page_and_keeps_each(tmp_path: Path) -> None:
    pages: list[dict[str, Any]] = [{"schemaVersion": "1", "nextToken": "a token"}, {"schemaVersion": "1"}]

    _run(_block("TOKEN=null"), tmp_path, [*pages, {"accounts": []}])

    first, second, accounts = _asked(tmp_path)
    for asked in (first, second):
        assert asked.pop("operation") == "export_configuration"
    assert ExportConfiguration.model_validate(first).next_token is None
    assert second == {"nextToken": "a token"}
    assert accounts["operation"] == "list_target_accounts"
    assert [json.loads(path.read_text()) for path in sorted(tmp_path.glob("configuration-*.json"))] == pages


def test_the_import_takes_the_kept_pages_in_their_order_and_dry(tmp_path: Path) -> None:
    for number in (101, 102):
        page = {"schemaVersion": "1.1", "protectionGroups": [{"groupName": f"group {number}"}], "recoveryPlans": []}
        (tmp_path / f"configuration-{number}.json").write_text(json.dumps(page))

    _run(_block("for PART in"), tmp_path, [{}, {}])

    asked = _asked(tmp_path)
    assert [one.pop("operation") for one in asked] == ["import_configuration"] * 2
    requests = [ImportConfiguration.model_validate(one) for one in asked]
    assert [one.configuration.protection_groups[0]["groupName"] for one in requests] == ["group 101", "group 102"]
    assert all(one.dry_run for one in requests)
