"""ORCHESTRATION_ROLE_POLICY.md and CALLER_POLICY.md: the policies as JSON, for who makes roles himself."""

from __future__ import annotations

import json
from typing import Final

from tools.contract.markdown import code, generated, table
from tools.contract.prose import roles as words
from tools.roles import policies
from tools.roles.policies import PLACEHOLDERS, Document, Given

PATH: Final = "docs/iam/ORCHESTRATION_ROLE_POLICY.md"
CALLER: Final = "docs/iam/CALLER_POLICY.md"

_NAMES: Final = {
    "ACCOUNT_ID": "111122223333",
    "REGION": "us-east-1",
    "PROJECT": "aws-drs-orchestration",
    "ENVIRONMENT": "dev",
}
_SAID: Final = {
    **_NAMES,
    "STACK_NAME": "aws-drs-orchestration-dev",
    "NOTIFICATION_KEY": "00000000-0000-0000-0000-000000000000",
    "CUSTOMER_KEY_ARN": "arn:aws:kms:us-east-1:111122223333:key/1",
    "STAGING_KEY_ARN": "arn:aws:kms:us-east-1:444455556666:key/1",
}
_AWK: Final = (
    "awk -v name=\"### $1\" '$0 == name {found = 1} found && /^```$/ {exit} inside; found && /^```json$/ {inside = 1}'"
)


def text() -> str:
    """The document of the role."""
    keys = Given(customer_key=True, staging_keys=True)
    orchestration, recovery = policies.orchestration(Given()), policies.recovery(Given())
    return generated(
        "# Orchestration role policy",
        words.POLICY,
        table(("word", "stands for"), ((code(word), means) for word, means in PLACEHOLDERS.items())),
        words.COMMANDS,
        _commands(PATH, _SAID, _CREATE),
        words.AFTERWARDS,
        "## Trust",
        _named("trust", policies.trust()),
        "## Rights",
        words.FULL,
        _named("orchestration", orchestration),
        words.OF_SERVERS,
        _named("recovery", recovery),
        words.OF_CUSTOMER,
        _named("customer-key", policies.added(policies.orchestration(keys), orchestration)),
        words.OF_STAGING,
        _named("staging-keys", policies.added(policies.recovery(keys), recovery)),
    )


def caller_text() -> str:
    """The document of the callers."""
    return generated(
        "# Caller policy",
        words.CALLER,
        table(("word", "stands for"), ((code(word), PLACEHOLDERS[word]) for word in _NAMES)),
        f"<!-- not run: the stack has made this policy wherever other blocks are run -->\n"
        f"{_commands(CALLER, _NAMES, _CREATE_CALLER)}",
        _named("caller", policies.caller()),
    )


def _named(name: str, document: Document) -> str:
    return f"### {name}\n\n```json\n{json.dumps(document, indent=2)}\n```"


_CREATE: Final = """\
policy trust > trust.json
aws iam create-role --role-name ExternalOrchestrationRole --assume-role-policy-document file://trust.json
for name in orchestration recovery; do
  policy $name > $name.json
  aws iam put-role-policy --role-name ExternalOrchestrationRole --policy-name $name --policy-document file://$name.json
done"""
_CREATE_CALLER: Final = """\
policy caller > caller.json
aws iam create-policy --policy-name aws-drs-orchestration-dev-caller-us-east-1 --policy-document file://caller.json"""


def _commands(path: str, values: dict[str, str], then: str) -> str:
    replaced = " \\\n    ".join(f"-e 's|{word}|{value}|g'" for word, value in values.items())
    return f"```bash\npolicy() {{\n  {_AWK} {path} | sed {replaced}\n}}\n{then}\n```"
