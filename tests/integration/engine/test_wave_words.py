"""A wave is called the same wherever a person reads of it, also in a plan whose numbers are not 0, 1, 2."""

from tests.support.world import World
from tests.support.world.world import wave

DATABASE, WEB = "wave 11 (Database)", "wave 21 (Web)"


def _plan(world: World, *, overlapping: bool) -> str:
    """Waves 10 and 20, the second after an approval; overlapping ones share a server."""
    servers = world.add_servers(count=2, tags={"tier": "all"})
    first = world.create_group("databases", servers[:1])
    second = (
        world.create_group("webs", serverSelectionTags={"tier": "all"})
        if overlapping
        else world.create_group("webs", servers[1:])
    )
    return world.create_plan("tens", wave(10, first, waveName="Database"), wave(20, second, waveName="Web", pause=True))


def test_a_preflight_calls_waves_by_their_own_number_counted_from_one() -> None:
    world = World()

    report = world.ask("preflight_recovery_plan", planId=_plan(world, overlapping=True))

    [finding] = [each for each in report["findings"] if each["code"] == "SERVER_IN_TWO_WAVES"]
    assert f"belongs to {DATABASE} and {WEB} through" in finding["message"]


def test_the_mails_and_the_timeline_call_waves_as_the_preflight_does() -> None:
    world = World()
    execution_id = world.start(_plan(world, overlapping=False))
    world.approve_by_mail(world.run_until_mail("pause"))
    world.run_until_end(execution_id)

    [pause], [complete] = world.mails("pause"), world.mails("complete")
    told = [event["message"].lower() for event in world.events(execution_id)]

    assert f"Wave waiting: {WEB}" in pause.message.splitlines()
    assert [line.split(":")[0].strip() for line in complete.message.splitlines() if " launched" in line] == [
        DATABASE,
        WEB,
    ]
    for words in (DATABASE, WEB):
        assert any(message.startswith(f"{words.lower()} is completed") for message in told)
