"""What a flood of an unknown program does to the helper, and to programs that are decided."""

from collections.abc import Iterator

from figures import Figure, Measurement, Results, Row, Scale, percentile, say, spread
from lanes import Driver, cpu, lane, pinned, program
from worlds import World

A_MILLISECOND = 100
"""Datagrams: 100,000 a second."""
LASTS = 1000
"""Milliseconds of a round."""
STRANGER = "60001"
"""The user who floods: what is held is counted by users."""
PORT = 80


def measurements() -> Iterator[Measurement]:
    """The helper's work, and what others feel."""
    rows = [
        Row("flood/sent", "datagrams of the flood", "1/s"),
        Row("flood/cpu", "CPU of the helper in the flood", "of one"),
        Row("flood/held", "packets held in the flood", "1/s"),
        Row("flood/connect", "connect of an allowed program: with the flood / without", "x"),
        Row("flood/unguarded", "the same where there is no firewall", "x"),
    ]
    yield Measurement("flood", rows, _measured)


def _measured(scale: Scale) -> Results:
    with lane() as guarded, lane() as free:
        lanes = Flooded(guarded, "allowed"), Flooded(free, "free")
        guarded.rule("allowed", f"path:{lanes[0].driver.path}")
        helper = guarded.stiled()
        lanes[0].driver.does("c", 1, PORT)
        worked, held = 0.0, 0
        rounds = scale.of(15, 4)
        for number in range(rounds):
            say(f"flood {number + 1} of {rounds}")
            before = cpu(helper.process.pid), guarded.queued()
            lanes[0].flood()
            worked += cpu(helper.process.pid) - before[0]
            held += guarded.queued() - before[1]
            for each in (lanes[1].flood, lanes[0].rest, lanes[1].rest):
                each()
    seconds = lanes[0].seconds
    parts = {"by drivers refused": lanes[0].lost / seconds}
    yield "flood/sent", Figure(lanes[0].sent / seconds, parts)
    yield "flood/cpu", Figure(worked / seconds)
    yield "flood/held", Figure(held / seconds)
    yield "flood/connect", lanes[0].figure()
    yield "flood/unguarded", lanes[1].figure()


class Flooded:
    """A lane with somebody who floods it, and somebody who connects."""

    def __init__(self, made: World, name: str) -> None:
        self.driver = Driver(made, program(made, name), before=pinned(0))
        become = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
        self._stranger = Driver(made, program(made, "stranger"), before=[*pinned(1), *become])
        self.seconds, self.sent, self.lost = 0.0, 0, 0
        self._times: dict[str, list[int]] = {"flood": [], "rest": []}

    def flood(self) -> None:
        """Connect while the other one floods."""
        self._stranger.begin("f", LASTS, A_MILLISECOND)
        self._connect("flood")
        reply = self._stranger.end()
        self.seconds += LASTS / 1000
        self.sent += reply.times[0]
        self.lost += reply.refused

    def rest(self) -> None:
        """Connect while nobody does."""
        self._connect("rest")

    def _connect(self, state: str) -> None:
        spent = 0
        while spent < LASTS * 900_000:  # nanoseconds: a little less than the flood lasts
            times = self.driver.passes("c", 100, PORT)
            spent += sum(times) + 100_000
            self._times[state] += times

    def figure(self) -> Figure:
        """Compare the two."""
        flood, rest = ([each / 1000 for each in self._times[state]] for state in ("flood", "rest"))
        parts = spread(flood) | spread(rest, " without")
        parts["p99 ratio"] = parts["p99"] / parts["p99 without"]
        return Figure(percentile(flood, 50) / percentile(rest, 50), parts)
