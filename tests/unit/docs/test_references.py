"""The references of limits, regions, launch settings and cost are those of code, botocore, models and arithmetic."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from botocore.session import get_session
from pydantic.alias_generators import to_camel

from shared.aws.regions import drs_regions
from shared.drs_limits import CODES, DOCUMENTED, RAISED_ON_REQUEST
from shared.engine.bounds import GATE_LIFE
from shared.models.health_checks import ALARMS, COMMANDS
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig
from shared.plan_rules import DEPENDENCIES, NAME_BYTES
from tests.support.templates import load_template
from tests.unit.docs.markdown import Document

LIMITS: Final = Document("docs/reference/DRS_SERVICE_LIMITS_AND_CAPABILITIES.md")
SETTINGS: Final = Document("docs/reference/DRS_LAUNCH_CONFIGURATION_REFERENCE.md")
REGIONS: Final = Document("docs/reference/DRS_REGIONS.md")
COST: Final = Document("docs/reference/COST_REFERENCE.md")
OPERATIONS: Final = Document("docs/guides/OPERATIONS_GUIDE.md")
BENCHMARKS: Final = Document("docs/benchmarks.md")


def test_the_quotas_are_those_of_the_code() -> None:
    rows = LIMITS.table("quota", "documented", "code", "AWS raises it")

    told = {row["code"].strip("`"): (row["quota"].strip("`"), row["documented"], row["AWS raises it"]) for row in rows}

    assert told == {
        code: (to_camel(name), str(getattr(DOCUMENTED, name)), "on request" if name in RAISED_ON_REQUEST else "no")
        for code, name in CODES.items()
    }


def test_the_bounds_are_those_of_the_code() -> None:
    bounds = {row["of"]: row["at most"] for row in LIMITS.table("of", "at most")}

    assert f"{DEPENDENCIES:,} dependencies" in bounds["a plan"]
    assert f"{NAME_BYTES:,} bytes" in bounds["a plan"]
    assert f"{ALARMS} alarms and {COMMANDS} commands" in bounds["a wave"]
    assert f"{GATE_LIFE.days} days" in bounds["a gate"]


def test_every_launch_setting_is_there_and_no_other() -> None:
    rows = SETTINGS.table("field", "holds", "goes to", "of a server alone")

    told = {row["field"].strip("`"): bool(row["of a server alone"]) for row in rows}

    of_groups = {field.alias or name for name, field in LaunchConfig.model_fields.items()}
    of_servers = {field.alias or name for name, field in ServerLaunchConfig.model_fields.items()}
    assert told == {name: name not in of_groups for name in of_servers}


def test_a_setting_of_few_words_has_these_words() -> None:
    held = {row["field"].strip("`"): row["holds"] for row in SETTINGS.table("field", "holds", "goes to")}

    for name, field in LaunchConfig.model_fields.items():
        words = [str(word) for kind in _kinds(field.annotation) for word in getattr(kind, "__members__", ())]
        told = re.findall(r"`(\w+)`", held[field.alias or name]) if words else []
        assert told == words, name


def _kinds(annotation: object) -> tuple[object, ...]:
    return getattr(annotation, "__args__", (annotation,))


def test_the_regions_are_those_of_botocore() -> None:
    told = {row["partition"].strip("`"): row for row in REGIONS.table("partition", "number", "regions")}

    assert {name: set(re.findall(r"`([\w-]+)`", row["regions"])) for name, row in told.items()} == {
        partition: set(regions)
        for partition in get_session().get_available_partitions()
        if (regions := drs_regions(partition))
    }
    assert all(int(row["number"]) == row["regions"].count("`") // 2 for row in told.values())


def test_the_cost_of_each_mode_is_a_sum_of_the_guides_table() -> None:
    rows = {row["what"]: row for row in OPERATIONS.table("what", "a month", "price", "for", "costs", "yours")}
    acls = load_template("waf-stack.yaml").of_type("AWS::WAFv2::WebACL").values()
    (console,) = [one for one in acls if one["Scope"] == "CLOUDFRONT"]
    whole = Decimal(rows["together"]["costs"])
    firewalls = sum(Decimal(rows[one]["costs"]) for one in rows if "web ACLs" in one)
    of_the_console = Decimal(rows["web ACLs"]["price"]) + len(console["Rules"]) * Decimal(
        rows["rules of web ACLs"]["price"]
    )

    told = {row["mode"]: row for row in COST.table("mode", "with firewalls", "`EnableWAF=false`")}

    without = {Decimal(row["`EnableWAF=false`"]) for row in told.values()}
    assert without == {whole - firewalls}
    assert Decimal(told["full"]["with firewalls"]) == whole
    assert Decimal(told["API only, or under a role of your own"]["with firewalls"]) == whole - of_the_console


def test_the_calls_of_a_drill_are_those_that_the_bench_has_measured() -> None:
    measured = re.findall(r"^\| ([^|]+?) \|[^|]*\| ([\d,]+) \|", BENCHMARKS.text, re.MULTILINE)
    first = dict(reversed(measured))
    said = " ".join(COST.prose.split())

    assert f"{first['state transitions']} state transitions" in said
    assert f"{first['Lambda invocations beside the API']} invocations beside the API" in said
    assert f"{first['DRS calls']} calls of DRS and {first['DynamoDB calls']} of DynamoDB" in said
