"""What no deployment may replace or remove by accident, because it is the record, or what others hold on to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NESTED_STACK: Final = "AWS::CloudFormation::Stack"

KEPT: Final[Mapping[str, str]] = {
    "AWS::DynamoDB::Table": "the items stay in a table that nobody reads any more, and the new one is empty",
    "AWS::Cognito::UserPool": "nobody can sign in: users, passwords and second factors are those of the old pool",
    "AWS::Cognito::UserPoolClient": "whoever is signed in is signed out, and what knows the client's id fails",
    "AWS::KMS::Key": "what is encrypted under the old key is lost when it is deleted",
    "AWS::StepFunctions::StateMachine": "executions that run are stopped, and approvals that people wait with fail",
}
"""The types, and what is lost with one of them."""
