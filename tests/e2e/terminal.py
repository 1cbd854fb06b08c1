"""A terminal in which the blocks of a document are pasted one after another, with what earlier ones defined."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.aws_cli import cli_folder
from local.function_process import ROOT
from tests.support.warm_aws import warm_aws

_INVOKE: Final = r"""
aws() {
  [ "$1 $2" = "lambda invoke" ] || { command aws "$@"; return; }
  local body=$6 out=${!#} answer attempt
  case $body in fileb:*) body=$(cat) ;; esac
  for attempt in $(seq 60); do
    answer=$(curl -sS "$AWS_ENDPOINT_URL/2015-03-31/functions/$4/invocations" --data-binary "$body" \
      -H "Content-Type: application/octet-stream" -H "Authorization: AWS4-HMAC-SHA256 \
Credential=$AWS_ACCESS_KEY_ID/20260129/$AWS_REGION/lambda/aws4_request, SignedHeaders=host, Signature=0" \
      -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN") || return 1
    grep -q '"retryable": *true' <<<"$answer" || break
    sleep 0.5
  done
  echo "$answer" | tee last.json > "$out"
  ! python3 -c 'import json; a = json.load(open("last.json")); exit("error" in a and "requestId" in a)' || return 0
  cat last.json >&2
  return 1
}
"""
"""Calls of functions go by curl, in milliseconds instead of a second; the command itself is used by other tests.

What is worth another try gets it. A refusal is an error here: a document shows calls that succeed.
"""

_KEEP: Final = r"""
declare -f > functions.sh
kept='PLAN|EXECUTION|GROUP|SERVER|INSTANCE|DATABASES|IMAGE|QUEUE'
declare -p | grep -E "^declare -[-x]+ ($kept)=" > variables.sh || true
"""
_LINKED: Final = ("docs", "examples", "local", "lambda", "tests", ".venv", ".venv-awscli")


@dataclass
class Terminal:
    """A shell in a folder that looks like a clone; what a block defines is there for the next."""

    folder: Path
    environment: Mapping[str, str]
    given: dict[str, str] = field(default_factory=dict)
    """What a person puts in the place of an example's ids, by the variable."""

    def __post_init__(self) -> None:
        for name in _LINKED:
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "functions.sh").write_text(_INVOKE)
        self._remember("")

    def paste(self, block: str) -> str:
        """Run a block; answers what it printed. AssertionError unless it succeeds to its last command."""
        (self.folder / "block.sh").write_text(self._filled(block))
        script = f"set -euo pipefail\n. ./functions.sh\n. ./variables.sh\n. ./block.sh\n{_KEEP}"
        path = os.pathsep.join([str(cli_folder(warm_aws())), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", script],
            cwd=self.folder,
            env={**self.environment, "PATH": path, "AWS_PAGER": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def value(self, name: str) -> str | None:
        """What a variable holds."""
        found = re.search(rf'^declare -\S+ {name}="(.*)"$', (self.folder / "variables.sh").read_text(), re.MULTILINE)
        return found[1] if found else None

    def answer(self) -> dict[str, Any]:
        """What the last function that was called answered."""
        parsed: dict[str, Any] = json.loads((self.folder / "last.json").read_text())
        return parsed

    def set(self, **variables: str) -> None:
        """Give variables a value, as an earlier document does."""
        self._remember("".join(f'declare -- {name}="{value}"\n' for name, value in variables.items()))

    def _remember(self, declared: str) -> None:
        (self.folder / "variables.sh").write_text(declared)

    def _filled(self, block: str) -> str:
        """The block with ids that there are, where it has a variable with a comment that says which id to put there."""
        started = 'python3 -c \'import json; print(json.load(open("last.json"))["executionId"])\''
        values = {"EXECUTION": f"$({started})"} | self.given

        def fill(found: re.Match[str]) -> str:
            return f"{found[1]}={values.get(found[1], found[2])}"

        return re.sub(r"^([A-Z]+)=(\S+) +# .*$", fill, block, flags=re.MULTILINE)
