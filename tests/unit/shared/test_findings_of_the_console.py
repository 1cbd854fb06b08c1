"""The console offers of an override what the API takes: its sets of codes and reasons are the API's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from shared.models.finding import ABOUT_SETTINGS, Finding, FindingCode, FindingReason, Outcome

SOURCE: Final = Path(__file__).parents[3] / "frontend/src/pages/start-execution/findings.ts"
TEXT: Final = SOURCE.read_text(encoding="utf-8")


def said(name: str) -> set[str]:
    """The words of a set of the console."""
    (words,) = re.findall(rf"^const {name}:.*?\(\[(.*?)\]\);", TEXT, re.MULTILINE | re.DOTALL)
    return set(re.findall(r'"(\w+)"', words))


def finding(code: FindingCode, reason: FindingReason | None = None) -> Finding:
    return Finding(outcome=Outcome.FAIL, code=code, reason=reason, message="of the test")


def test_what_is_about_settings_is_what_the_api_takes_for_a_whole_execution() -> None:
    assert said("ABOUT_SETTINGS") == {code.value for code in ABOUT_SETTINGS}


def test_nobody_may_override_what_the_api_lets_nobody_override() -> None:
    never = {reason.value for reason in FindingReason if not finding(FindingCode.QUOTA, reason).may_be_overridden}

    assert said("NEVER") == never != set()


def test_what_must_be_named_is_what_an_override_without_codes_does_not_cover() -> None:
    reasons = {reason.value for reason in FindingReason if finding(FindingCode.QUOTA, reason).must_be_named}
    codes = {code.value for code in FindingCode if finding(code).must_be_named}

    assert said("NAMED_ONLY") == reasons != set()
    (rule,) = re.findall(r"return NAMED_ONLY\.has\(reason\) \|\| (.*);", TEXT)
    assert set(re.findall(r'code === "(\w+)"', rule)) == codes
