"""The headers that CloudFront adds to every page, as the template of the console has them."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from local.cloudformation.template import Place, Resolver, TemplateError, load

Headers = tuple[tuple[str, str], ...]

_POLICY: Final = "SecurityHeaders"
_API: Final = "the-api"
"""The id of the API in the policy, until it is known where on this machine the API is."""

_ELSEWHERE: Final = re.compile(r"https://[^\s;]+")


def _plain_http(_: Mapping[str, Any]) -> Headers:
    """Strict-Transport-Security would forbid plain HTTP, by which everything comes here."""
    return ()


_WRITTEN: Final[Mapping[str, Callable[[Mapping[str, Any]], Headers]]] = {
    "ContentSecurityPolicy": lambda it: (("Content-Security-Policy", it["ContentSecurityPolicy"].strip()),),
    "ContentTypeOptions": lambda _: (("X-Content-Type-Options", "nosniff"),),
    "FrameOptions": lambda it: (("X-Frame-Options", it["FrameOption"]),),
    "ReferrerPolicy": lambda it: (("Referrer-Policy", it["ReferrerPolicy"]),),
    "StrictTransportSecurity": _plain_http,
}
"""How CloudFront writes each part of a policy:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html"""


def response_headers(template: Path, place: Place, api: str, users: str) -> Headers:
    """The headers of the template's policy, with the origins of API and user pools on this machine.

    TemplateError for a header that is written nowhere here, and for an origin that is nowhere here.
    """
    body = load(template)
    defaults = {name: one["Default"] for name, one in body["Parameters"].items() if "Default" in one}
    known = {**place.pseudo_parameters(_POLICY), **defaults, "RestApiId": _API}
    resolver = Resolver(body, known.__getitem__, lambda name, _: name)
    properties = resolver.resolve(body["Resources"][_POLICY]["Properties"])["ResponseHeadersPolicyConfig"]
    if unknown := sorted(properties.keys() - {"Name", "Comment", "SecurityHeadersConfig"}):
        raise TemplateError(f"{template.name}: {_POLICY} has {unknown[0]}, which local/ does not send")
    here = {
        f"https://{_API}.execute-api.{place.region}.amazonaws.com": api,
        f"https://cognito-idp.{place.region}.amazonaws.com": users,
    }
    return tuple(
        (name, _moved(value, here))
        for part, values in properties["SecurityHeadersConfig"].items()
        for name, value in _written(template, part, values)
    )


def _written(template: Path, part: str, values: Mapping[str, Any]) -> Headers:
    if part not in _WRITTEN:
        raise TemplateError(f"{template.name}: {_POLICY} has {part}, which local/ does not send")
    return _WRITTEN[part](values)


def _moved(value: str, here: Mapping[str, str]) -> str:
    """The value with every origin of AWS where it is on this machine."""

    def moved(found: re.Match[str]) -> str:
        if found[0] not in here:
            raise TemplateError(f"pages may call {found[0]}, which is nowhere here")
        return here[found[0]]

    return _ELSEWHERE.sub(moved, value)
