"""Random configurations that break no rule, as documents to import."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from shared.models.targets import Target
from shared.text_rules import check_name
from tests.support.configuration import DATABASE, HUB, WEB, server_id
from tests.support.launch_settings import settings_for_drills, settings_of_group, settings_of_server

Document = dict[str, Any]

SERVERS: Final[Mapping[Target, tuple[str, ...]]] = {
    DATABASE: tuple(server_id(number) for number in range(1, 7)),
    WEB: tuple(server_id(number) for number in range(11, 15)),
}
"""What DRS knows in the system that the configuration is imported into."""

_LETTERS: Final = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
_SEEN: Final = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn")).filter(
    lambda each: not list(check_name("", each))
)
_NAMES: Final = st.text(_SEEN, min_size=1, max_size=64).map(str.strip).filter(bool)
_LINES: Final = st.text(_LETTERS, max_size=40)
_TEXTS: Final = st.text(_LETTERS | st.sampled_from("\t\n\r"), max_size=40)
_HEX: Final = st.text("0123456789abcdef", min_size=8, max_size=17)


def _spelling(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", name).casefold().split()))


def _distinct_names(count: int) -> st.SearchStrategy[list[str]]:
    return st.lists(_NAMES, min_size=count, max_size=count, unique_by=_spelling)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def _override(draw: st.DrawFn, server: str, network: str) -> Document:
    template = draw(st.none() | settings_of_server(st.integers(4, 9).map(lambda last: f"{network}.{last}")))
    override: Document = {"sourceServerId": server, **draw(_some(useGroupDefaults=st.booleans()))}
    if template is not None:
        if template.get("staticPrivateIp"):
            template["subnetId"] = "subnet-0123456789"
        override["launchTemplate"] = template
    if draw(st.booleans()):
        override["drillLaunchTemplate"] = draw(settings_for_drills())
    return override


@st.composite
def _group(draw: st.DrawFn, name: str, number: int, free: dict[Target, list[str]]) -> Document:
    target = draw(st.sampled_from([*SERVERS, Target(account_id=HUB, region="eu-west-1")]))
    group: Document = {"groupName": name, "region": target.region, **draw(_some(description=_TEXTS, owner=_LINES))}
    if target.account_id != HUB or draw(st.booleans()):
        group["accountId"] = target.account_id
    servers: list[str] = []
    if free.get(target) and draw(st.booleans()):
        servers = [free[target].pop() for _ in range(draw(st.integers(1, len(free[target]))))]
        group["sourceServerIds"] = servers
    else:
        more = draw(st.dictionaries(st.text(_LETTERS, min_size=1, max_size=9), _LINES, max_size=3))
        group["serverSelectionTags"] = {**more, "group": str(number)}
    if draw(st.booleans()):
        group["launchConfig"] = draw(settings_of_group())
    if draw(st.booleans()):
        group["drillLaunchConfig"] = draw(settings_for_drills())
    overridden = [server for server in servers if draw(st.booleans())]
    if overridden:
        # in a subnet an address is that of one group
        networks = (f"10.{number}.{position}" for position in range(len(overridden)))
        group["servers"] = [
            draw(_override(server, network)) for server, network in zip(overridden, networks, strict=True)
        ]
    return group


_ALARM: Final = st.fixed_dictionaries(
    {"alarmName": _NAMES, "accountId": st.just(WEB.account_id), "region": st.just("eu-west-1")}
)
_COMMAND: Final = st.fixed_dictionaries(
    {"documentName": st.text("abcXYZ_.-", min_size=3, max_size=20)},
    optional={
        "parameters": st.dictionaries(
            st.text("abc_", min_size=1, max_size=5), st.lists(_LINES, max_size=2), max_size=2
        ),
        "timeoutSeconds": st.integers(30, 3600),
    },
)
_HEALTH_CHECKS: Final = st.lists(
    _ALARM | _COMMAND, max_size=3, unique_by=lambda check: check.get("alarmName") or check["documentName"]
)
_WAVE_SETTINGS: Final = {
    "description": _TEXTS,
    "pauseBeforeWave": st.booleans(),
    "failurePolicy": st.sampled_from(["STOP", "PAUSE", "CONTINUE"]),
    "minimumSuccess": st.integers(1, 9) | st.integers(1, 100).map("{}%".format),
    "waitMinutes": st.integers(1, 120),
    "deadlineMinutes": st.integers(1, 10_080),
    "drainMinutes": st.integers(1, 10_080),
    "healthChecks": _HEALTH_CHECKS,
}


@st.composite
def _plan(draw: st.DrawFn, name: str, groups: list[str]) -> Document:
    order = draw(st.permutations(groups))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=3))) if len(order) > 1 else []
    parts = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    numbers = draw(st.lists(st.integers(0, 9999), min_size=len(parts), max_size=len(parts), unique=True))
    optional = draw(st.sets(st.sampled_from([server for each in SERVERS.values() for server in each]), max_size=2))
    waves = [
        {
            "waveNumber": number,
            "waveName": draw(_NAMES),
            "protectionGroupNames": part,
            "dependsOnWaves": sorted(draw(st.sets(st.sampled_from(numbers[:position])))) if position else [],
            "optionalServerIds": sorted(optional) if position == 0 else [],
            **draw(_some(**_WAVE_SETTINGS)),
        }
        for position, (number, part) in enumerate(zip(numbers, parts, strict=True))
    ]
    settings = _some(
        description=_TEXTS,
        notificationEmail=st.sampled_from(["ops@example.com", "dr@example.org"]),
        rtoMinutes=st.integers(1, 525_600),
        rpoSeconds=st.integers(0, 31_536_000),
    )
    return {"planName": name, "waves": waves, **draw(settings)}


@st.composite
def configurations(draw: st.DrawFn) -> Document:
    """A document of a few groups in three accounts, and plans over them."""
    names = draw(_distinct_names(draw(st.integers(0, 5))))
    free = {target: list(servers) for target, servers in SERVERS.items()}
    groups = [draw(_group(name, number, free)) for number, name in enumerate(names)]
    plan_names = draw(_distinct_names(draw(st.integers(0, 3)))) if groups else []
    plans = [draw(_plan(name, draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))) for name in plan_names]
    return {"schemaVersion": "1.1", "protectionGroups": groups, "recoveryPlans": plans}
