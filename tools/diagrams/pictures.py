"""What is on the two pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tools.diagrams.drawing import Arrow, Box, Frame, svg
from tools.diagrams.facts import Facts

FOLDER: Final = "docs/architecture"
COMPREHENSIVE: Final = f"{FOLDER}/AWS-DRS-Orchestration-Architecture-Comprehensive.png"
BACKEND_ONLY: Final = f"{FOLDER}/AWS-DRS-Orchestration-Backend-Only.png"

WIDTH: Final = 1400
HEIGHT: Final = 820
HUB, OTHERS, API, COMPUTE, DATA, PEOPLE = "#f4f7fa", "#fdf6ec", "#e4eefb", "#fdebd3", "#e3f3e6", "#ffffff"


def drawings(facts: Facts) -> Mapping[str, str]:
    """The SVG of each picture, by the path of the picture."""
    return {COMPREHENSIVE: _drawing(facts, with_console=True), BACKEND_ONLY: _drawing(facts, with_console=False)}


def _drawing(facts: Facts, *, with_console: bool) -> str:
    handlers = [name for name in facts.functions if name.endswith("-handler")]
    tokens = Box(30, 90, 190, 70, "Callers with a token", ("programs, in five roles",), PEOPLE)
    direct = Box(
        30, 300, 190, 90, "Direct callers", ("AWS CLI, SDK, pipelines,", "Step Functions, EventBridge"), PEOPLE
    )
    operators = Box(30, 560, 190, 70, "Who reads mails", ("decides by its command",), PEOPLE)
    cognito = Box(290, 90, 220, 70, "Cognito", (f"user pool, {len(facts.groups)} groups, ID tokens",), API)
    gateway = Box(290, 185, 220, 80, "API Gateway", (f"{facts.methods} methods, throttled", "web ACL"), API)
    api = Box(570, 165, 250, 130, "API functions", (*handlers, "aliases live and live-api"), COMPUTE)
    machine = Box(
        570, 350, 250, 80, "State machine", (f"{facts.states} states: executions,", "gates, terminations"), COMPUTE
    )
    engine = Box(570, 490, 250, 70, "orchestration-stepfunctions", ("one step at a time",), COMPUTE)
    formatter = Box(570, 620, 250, 60, "notification-formatter", ("plain text",), COMPUTE)
    topic = Box(290, 620, 220, 60, "SNS topic", ("encrypted",), DATA)
    rules = Box(290, 395, 220, 150, "EventBridge", facts.rules, API)
    tables = Box(880, 165, 200, 130, "DynamoDB", facts.tables, DATA)
    watch = Box(880, 620, 200, 60, "CloudWatch", (f"{facts.alarms} alarms, dashboard, logs",), DATA)
    letters = Box(880, 540, 200, 60, "Dead letters", ("SQS: what nobody took",), DATA)
    role = Box(1180, 330, 180, 60, "Role", (facts.role,), OTHERS)
    drs = Box(
        1180, 450, 180, 150, "DRS, EC2", ("jobs, recovery instances,", "launch templates,", "SSM, alarms"), OTHERS
    )
    staging = Box(1180, 690, 180, 60, "Staging accounts", ("servers that are extended",), OTHERS)
    shapes: list[Box | Frame | Arrow] = [
        Frame(260, 30, 850, 760, "Hub: the account of the orchestration", HUB),
        Frame(1150, 270, 230, 360, "Each target account", "#fffaf2"),
        Arrow((tokens.right, cognito.left), "sign in", dashed=True),
        Arrow((cognito.bottom, gateway.top), dashed=True),
        Arrow(((220, 140), (250, 140), (250, 225), gateway.left)),
        Arrow((gateway.right, (570, 225)), "live-api"),
        Arrow(((220, 330), (540, 330), (540, 270), (570, 270)), "live"),
        Arrow((api.right, tables.left)),
        Arrow((api.bottom, machine.top)),
        Arrow((machine.bottom, engine.top)),
        Arrow(((820, 530), (845, 530), (845, 330), (980, 330), tables.bottom)),
        Arrow(((820, 510), (1130, 510), (1130, 360), role.left)),
        Arrow((role.bottom, drs.top)),
        Arrow(((510, 525), (570, 525))),
        Arrow(((510, 420), (540, 420), (540, 285), (570, 285))),
        Arrow(((1180, 580), (1120, 580), (1120, 770), (275, 770), (275, 470), rules.left), "", dashed=True),
        Arrow((engine.bottom, formatter.top)),
        Arrow((formatter.left, topic.right)),
        Arrow((topic.left, (220, 650), (220, 630))),
        Arrow((operators.right, (535, 595), (535, 400), (570, 400)), dashed=True),
        Arrow(((820, 650), (850, 650), (850, 570), letters.left), dashed=True),
        Arrow(((820, 190), (850, 190), (850, 140), (1350, 140), (1350, 330)), dashed=True),
        Arrow((staging.top, drs.bottom), dashed=True),
    ]
    shapes += [tokens, direct, operators, cognito, gateway, api, machine, engine, formatter, topic, rules]
    shapes += [tables, watch, letters, role, drs, staging]
    if with_console:
        browser = Box(30, 700, 190, 60, "Operators", ("in a browser",), PEOPLE)
        console = Box(290, 700, 220, 60, "CloudFront and S3", ("the console, web ACL",), API)
        deployer = Box(570, 700, 250, 60, "frontend-deployer", ("publishes the console",), COMPUTE)
        shapes += [
            Arrow((browser.right, console.left)),
            Arrow((deployer.left, console.right)),
            Arrow(((30, 730), (12, 730), (12, 125), tokens.left), dashed=True),
        ]
        shapes += [browser, console, deployer]
    return svg(WIDTH, HEIGHT, shapes)
