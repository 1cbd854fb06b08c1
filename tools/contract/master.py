"""The methods of the API in the master template: a nested stack for each template, given what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

PATH: Final = "cfn/master-template.yaml"

_BEGIN: Final = "  # <methods> Written by `make contract`.\n"
_END: Final = "  # </methods>\n"

_URL: Final = "https://${SourceBucket}.s3.${AWS::Region}.${AWS::URLSuffix}/${SourcePrefix}/templates/"
_ORIGIN: Final = "!If [MakesConsole, !GetAtt FrontendStack.Outputs.ConsoleOrigin, !Ref ConsoleOrigin]"
_OF_THE_API: Final = frozenset({"RestApiId", "AuthorizerId"})

_TAGS: Final = """\
      Tags:
        - { Key: Project, Value: !Ref ProjectName }
        - { Key: Environment, Value: !Ref Environment }
        - { Key: Owner, Value: !Ref Owner }
"""


def text(master: str, stacks: Mapping[str, str]) -> str:
    """The master template with the nested stacks of these templates; ValueError if it has no place for them."""
    before, begin, rest = master.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{PATH} has no place for the methods of the API")
    methods = {PurePosixPath(path).name: body for path, body in stacks.items() if path.endswith("-methods-stack.yaml")}
    nested = "\n".join(_nested(name, body) for name, body in methods.items())
    listed = ", ".join(_logical_name(name) for name in methods)
    return before + begin + nested + end + re.sub(r"(?<=DependsOn: \[)ApiGateway\w+MethodsStack[^\]]*", listed, after)


def _nested(name: str, body: str) -> str:
    given = "".join(f"        {parameter}: {_value(parameter)}\n" for parameter in _parameters(body))
    return f"""\
  {_logical_name(name)}:
    Type: AWS::CloudFormation::Stack
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      TemplateURL: !Sub "{_URL}{name}"
      Parameters:
{given}{_TAGS}"""


def _logical_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.removesuffix(".yaml").split("-"))


def _parameters(body: str) -> Iterator[str]:
    section = body.partition("\nParameters:\n")[2].partition("\nConditions:\n")[0]
    yield from re.findall(r"^  (\w+):", section, re.MULTILINE)


def _value(parameter: str) -> str:
    if parameter == "ConsoleOrigin":
        return _ORIGIN
    stack = "ApiGatewayCoreStack" if parameter in _OF_THE_API else "ApiGatewayResourcesStack"
    return f"!GetAtt {stack}.Outputs.{parameter}"
