"""What stands in the log: who changed what, and who wanted to and may not."""

from worlds import FAR, World

from stile.rules import Action, Lifetime


def test_the_log_says_who_changed_what(guarded: World) -> None:
    helper = guarded.stiled()
    unknown = guarded.client("unknown")
    agent = guarded.agent()
    guarded.listener()
    unknown.begin("tcp")
    agent.answer(agent.next(), Action.ALLOW, Lifetime.ONCE)
    assert unknown.end() is None

    guarded.stile("deny", "/usr/bin/wget", "--to", "192.0.2.7", "--port", "443")
    guarded.stile("forget", "/usr/bin/wget")
    guarded.stile("settings", "question_timeout", "90")
    guarded.stile("lockdown", "on")
    helper.stop()

    lines = helper.log.read_text()
    for line in (
        f"answer: allow {unknown.identity} '{FAR} tcp port 80', once (user 0)",
        "rule: deny path:/usr/bin/wget 'to 192.0.2.7 port 443', forever (user 0)",
        "rule removed: deny path:/usr/bin/wget 'to 192.0.2.7 port 443' (user 0)",
        "settings changed: question_timeout (user 0)",
        "lockdown on is asked for (user 0)",
        "the helper ends",
    ):
        assert f"stiled: info: {line}" in lines
