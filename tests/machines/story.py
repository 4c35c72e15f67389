"""The life of Stile on a machine, from the first boot without it to the last file of it gone.

Each step makes claims, with figures; `Story.tell` says in which order.
"""

import json
import re
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from boots import SHARED, Machine, Started
from claims import Claims, Failed, Figures, need
from desk import Desk
from far import ADDRESS, EARLY, HASTY

PAGE, DRIP = f"http://{ADDRESS}/", f"http://{ADDRESS}/drip"
CURL, FETCH, PROWLER = "/usr/bin/curl", "/usr/local/bin/fetch", "/usr/local/bin/prowler"
LAUNCHER, LAUNCHED = "/usr/local/bin/launcher", "/usr/local/bin/launched"
LAUNCHER_PORT, LAUNCHED_PORT, KEEPER_PORT, LENT_PORT = 7778, 7779, 7780, 7781
KEEPER = "/usr/local/bin/keeper"
PROWLED = 81
"""The port that an undecided program tries during the upgrade."""
INSIDE = "/usr/local/lib/stile-machine"
SENDERS = ("early-sender.service", "hasty-sender.service")
PATIENCE_OF_QUESTIONS = 90.0
"""Seconds after which a question that nobody answers is gone for certain."""


@dataclass(frozen=True)
class Packages:
    """The packages that are installed, and those of a version before."""

    current: Sequence[Path]
    older: Sequence[Path] = ()


@dataclass
class Story:
    """One machine, and what happens to Stile on it."""

    machine: Machine
    packages: Packages
    log: Path
    claims: Claims
    boots: int = 1
    _bare: list[float] = field(default_factory=list)
    _guarded: list[float] = field(default_factory=list)
    _before: set[str] = field(default_factory=set)
    _states: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(self.machine, self.log)

    def tell(self, *, only_boots: bool) -> None:
        """All of it, or only what is claimed about a boot."""
        boots = [self.without_stile, self.installed, self.booted_again, self.boot_times]
        whole = [
            self.without_stile,
            self.installed,
            self.first_run,
            self.asked_and_allowed,
            self.upgraded,
            self.gate_over_the_machine,
            self.socket_lent,
            self.booted_again,
            self.known_and_unknown,
            self.boot_times,
            self.removed,
            self.purged,
        ]
        for step in boots if only_boots else whole:
            with self.claims.step(step.__name__.replace("_", " ")):
                step()
            self._note(f"after {step.__name__}", self._desktop_log())

    # -- the steps -----------------------------------------------------------------------

    def without_stile(self) -> None:
        """What the machine is like before: the control for much of what follows."""
        for number in range(self.boots):
            if number:
                self.machine.down()
            self.machine.boot("bare")
            self._bare.append(self._boot_seconds())
        with self.claims.claim("control: without Stile the early sender gets out") as figures:
            root = self.machine.root
            for name, port in (("early", EARLY), ("hasty", HASTY)):
                self.machine.wait(partial(self._arrived, port), f"a datagram of the {name} sender")
                root.must("systemctl", "stop", f"{name}-sender.service")
                figures.say(f"{name}: {self._arrived(port)} of {len(self._attempts(name))} arrived")
        with self.claims.claim("alice has an active session on a seat") as figures:
            shown = self.machine.alice.must("loginctl", "show-session", self._session())
            for line in ("Active=yes", "Seat=seat0", "Remote=no"):
                need(line in shown.splitlines(), f"not {line}")
            figures.say(" ".join(re.findall(r"^(?:Active|Seat|VTNr|Type)=.*$", shown, re.M)))
        for copy in (FETCH, PROWLER):
            self.machine.root.must("cp", CURL, copy)
        for copy in (LAUNCHER, LAUNCHED):
            self.machine.root.must("cp", "/bin/bash", copy)
        self.machine.root.must("cp", "/usr/bin/python3", KEEPER)
        for each in (*self.packages.current, *self.packages.older):
            shutil.copy(each, self.machine.shared)
        self._before = self._listing()

    def installed(self) -> None:
        """As a person would: apt install ./stile.deb."""
        packages = self.packages.older or self.packages.current
        with self.claims.claim("apt installs the packages, without a network") as figures:
            figures.say(f"{self._apt('install', *self._paths(packages)):.1f} s")
        with self.claims.claim("stiled is enabled, active and guards") as figures:
            self._guards()
            status = self._status()
            figures.say(f"version {self._version()}, held by {status.get('queue')}")
            figures.say(f"{self._units()}")
        with self.claims.claim("no unit has failed, and stile doctor speaks") as figures:
            failed = self.machine.root.must("systemctl", "--failed", "--no-legend", "--plain")
            need(not failed.strip(), failed)
            figures.say(self._doctor())
        self._note_state("installed")

    def first_run(self) -> None:
        """At the next login the tray is there, and shows once what the system does by itself."""
        with self.claims.claim("the tray starts with the session, and is an agent") as figures:
            self.machine.log_out()
            began = time.monotonic()
            self.machine.log_in()
            self.machine.wait(lambda: self._status().get("agents") == 1, "the tray")
            figures.say(f"{time.monotonic() - began:.1f} s after the login")
            figures.say(self._registered())
        with self.claims.claim("the first run is shown, and goes by a click") as figures:
            window = self.desk.window("Welcome to Stile")
            time.sleep(1)
            self.desk.picture("1-first-run")
            figures.say(self.desk.title(window))
            self.desk.click(
                "Welcome to Stile", "Not now", lambda: not self.desk.windows("Welcome to Stile")
            )

    def asked_and_allowed(self) -> None:
        """What nobody has decided about is held; a click lets it go on."""
        curl: list[Started] = []
        with self.claims.claim("curl is held: nothing of it arrives outside") as figures:
            curl.append(self.machine.alice.start(CURL, "-sS", "-m", "300", PAGE))
            window = self.desk.window("wants to connect")
            time.sleep(1)
            self.desk.picture("2-prompt")
            need(curl[0].code is None, f"curl has ended: {curl[0].out}")
            arrived = self.machine.far.arrived("tcp dst port 80")
            need(arrived == 0, f"{arrived} packets arrived")
            figures.say(f"'{self.desk.title(window)}', 0 packets outside")
        with self.claims.claim("a click on Allow lets it go on, and is a rule on disk") as figures:
            began = time.monotonic()
            self.desk.click("curl wants to connect", "Allow", lambda: curl[0].code is not None)
            need("hello from outside" in curl[0].out, f"curl: {curl[0].code} {curl[0].out}")
            figures.say(f"{time.monotonic() - began:.1f} s from the prompt to the page")
            self.desk.picture("3-after")
            rule = self._rule("curl")
            need('default = "allow"' in rule, rule)
            figures.say(rule.replace("\n", " ").strip())

    def gate_over_the_machine(self) -> None:
        """The exec gate stands over all file systems of the machine: it has to go on as before."""
        if self.machine.KIND == "container":
            return
        root = self.machine.root
        with self.claims.claim("with the exec gate over it the machine goes on") as figures:
            loop = 'for i in $(seq 200); do /bin/true; done; echo "$i"'
            ran = root.run("sh", "-c", loop, timeout=600)
            need(ran.out.strip() == "200", f"of 200 execs: {ran.out} {ran.err}")
            figures.say(f"200 execs {ran.seconds:.1f} s")
            build = root.run("update-initramfs", "-u", timeout=900)
            need(build.code == 0, build.err[-500:])
            figures.say(f"update-initramfs {build.seconds:.1f} s")
            again = self._apt("install", "--reinstall", *self._paths(self.packages.current))
            figures.say(f"apt {again:.1f} s")
            gates = root.run("pgrep", "-fc", "gate").out.strip()
            figures.say(f"{gates} processes of the gate")
            compiled = root.run("sh", "-c", "cat /proc/[0-9]*/maps | grep -c libgateloop").out
            need(int(compiled) > 0, "the gate answers in Python, as if nothing were compiled")
        with self.claims.claim("what an allowed program starts has not its verdict") as figures:
            root.must("stile", "allow", LAUNCHER)
            one = f"echo x > /dev/udp/{ADDRESS}/{LAUNCHED_PORT}"
            own = f"echo x > /dev/udp/{ADDRESS}/{LAUNCHER_PORT}"
            loop = f"for i in {{1..40}}; do {own}; {LAUNCHED} -c '{one}' & done; wait"
            self.machine.alice.run(LAUNCHER, "-c", loop, timeout=300)
            time.sleep(1)
            mine = self.machine.far.arrived(f"udp port {LAUNCHER_PORT}")
            leaked = self.machine.far.arrived(f"udp port {LAUNCHED_PORT}")
            figures.say(f"{mine} of 40 of its own arrived, {leaked} of 40 of what it started")
            need(mine == 40 and leaked == 0, "not as it should be")
        self._no_questions()

    def socket_lent(self) -> None:
        """A socket that an allowed program was sent is taken back: by the helper as installed."""
        if "bpf senders: missing" in self._doctor():
            return
        root, alice, far = self.machine.root, self.machine.alice, self.machine.far
        with self.claims.claim("a socket sent to an allowed program lends nothing") as figures:
            root.must("stile", "allow", KEEPER)
            ports = map(str, (KEEPER_PORT, LENT_PORT))
            lends = ("/usr/bin/python3", f"{INSIDE}/lends.py", KEEPER, ADDRESS, *ports)
            refused = alice.run(*lends, timeout=120).out.strip()
            own, lent = (far.arrived(f"udp port {port}") for port in (KEEPER_PORT, LENT_PORT))
            figures.say(f"{own} of its own arrived, {lent} of 20 lent, {refused} refused at once")
            need(own == 1 and lent == 0, "not as it should be")
            log = root.must("journalctl", "-u", "stiled", "-o", "cat")
            told = [line for line in log.splitlines() if "another program was given" in line]
            need(told and int(refused) < 20, f"it was not taken back: {log[-500:]}")
            figures.say(told[-1])
        self._no_questions()

    def upgraded(self) -> None:
        """A new version over the old one, while programs go on."""
        alice, root, far = self.machine.alice, self.machine.root, self.machine.far
        was = self._version()
        rules = self._rules()
        drips = alice.start(
            "sh", "-c", f"{CURL} -sN -m 900 {DRIP} | /usr/bin/python3 {INSIDE}/stamps.py"
        )
        again = alice.start(
            *(
                CURL,
                "-s",
                "-m",
                "5",
                "--rate",
                "120/m",
                "-H",
                "Connection: close",
                "-o",
                "/dev/null",
            ),
            *("-w", "%{stderr}%{http_code}\\n", f"{PAGE}?[1-3000]"),
        )
        prowl = f"while :; do {PROWLER} -s -m 1 http://{ADDRESS}:{PROWLED}/; sleep 0.1; done"
        prowler = alice.start("sh", "-c", prowl)
        look = "nft list table inet stile > /dev/null 2>&1 && echo there || echo gone; sleep 0.1"
        table = root.start("sh", "-c", f"while :; do {look}; done")
        self.machine.wait(lambda: again.out.count("200") > 1 and drips.out, "what goes on")
        with self.claims.claim("the new version goes in over the old one") as figures:
            words = ["install", *self._paths(self.packages.current)]
            if not self.packages.older:
                words.insert(1, "--reinstall")
            took = self._apt(*words)
            self._guards()
            figures.say(f"{was} to {self._version()} in {took:.1f} s")
        time.sleep(2)
        looks, codes, silence = table.stop().split(), again.stop().split(), drips.stop().split()
        prowler.stop()
        root.run("pkill", "-x", "prowler")
        with self.claims.claim("the table is in force through the upgrade") as figures:
            figures.say(f"{len(looks)} looks, {looks.count('gone')} without it")
            need(looks and "gone" not in looks, "it was gone")
        with self.claims.claim("what was decided goes on through the upgrade") as figures:
            figures.say(f"{codes.count('200')} of {len(codes)} new connections of one process")
            figures.say(f"longest silence of an open one {silence[-1]} ms in {silence[-2]} lines")
            need(codes and codes.count("200") == len(codes), f"others: {set(codes) - {'200'}}")
        with self.claims.claim("nothing undecided gets out through the upgrade") as figures:
            arrived = far.arrived(f"tcp dst port {PROWLED}")
            figures.say(f"{arrived} packets of the undecided one arrived")
            need(arrived == 0, "it got out")
        with self.claims.claim("rules are as before, and the tray is there again") as figures:
            need(self._rules() == rules, f"rules: {rules} became {self._rules()}")
            self.machine.wait(lambda: self._status().get("agents") == 1, "the tray")
            figures.say(f"{len(rules)} rule files of people")
        self._no_questions()
        self._note_state("upgraded")

    def booted_again(self) -> None:
        """From power-on to the helper, and after: nothing that nobody allowed gets out."""
        for number in range(self.boots):
            with self.claims.claim(f"boot {number + 1} lets nothing undecided out") as figures:
                self.machine.down()
                self.machine.boot("guarded")
                self._guarded.append(self._boot_seconds())
                self._guards()
                time.sleep(3)
                self._judge_early(figures)
            with self.claims.claim(
                f"boot {number + 1}: nor of one that waits for nobody"
            ) as figures:
                self._judge_hasty(figures)

    def known_and_unknown(self) -> None:
        """After the reboot the answer still holds, and who is unknown is still asked about."""
        with self.claims.claim("after the reboot curl passes without a question") as figures:
            self.machine.root.must("systemctl", "stop", *SENDERS)
            self.machine.wait(lambda: self._status().get("agents") == 1, "the tray")
            self._no_questions()
            done = self.machine.alice.run(CURL, "-sS", "-m", "60", PAGE)
            need("hello from outside" in done.out, f"{done.code} {done.err}")
            need(self._status()["questions"] == 0, "somebody was asked")
            figures.say(f"{done.seconds:.2f} s")
        fetch: list[Started] = []
        with self.claims.claim(
            "after the reboot another program is held and asked about"
        ) as figures:
            before = self.machine.far.arrived("tcp dst port 80")
            fetch.append(self.machine.alice.start(FETCH, "-sS", "-m", "300", PAGE))
            window = self.desk.window("fetch wants to connect")
            time.sleep(1)
            self.desk.picture("4-another")
            figures.say(self.desk.title(window))
            arrived = self.machine.far.arrived("tcp dst port 80") - before
            need(arrived == 0, f"{arrived} packets arrived")
        with self.claims.claim("a click on Deny refuses it") as figures:
            self.desk.click("fetch wants to connect", "Deny", lambda: fetch[0].code is not None)
            need(fetch[0].code == 7, f"{fetch[0].code}: {fetch[0].out}")
            figures.say(fetch[0].out.strip())
            need('default = "deny"' in self._rule("fetch"), self._rule("fetch"))

    def boot_times(self) -> None:
        """How much longer a boot takes."""
        most = self.machine.MAY_COST
        with self.claims.claim(f"it costs a boot less than {most:.0f} s") as figures:
            bare, guarded = statistics.median(self._bare), statistics.median(self._guarded)
            figures.say(f"without {bare:.2f} s, with {guarded:.2f} s (systemd, to the end)")
            figures.say(f"{len(self._bare)} and {len(self._guarded)} boots, medians")
            figures.say(self._blame())
            need(guarded - bare < most, "that is too long")

    def removed(self) -> None:
        """Without Stile everything flows, and what people decided is kept."""
        with self.claims.claim("apt removes it") as figures:
            figures.say(f"{self._apt('remove', *self._names()):.1f} s")
        with self.claims.claim("removed: no table, classes, mount, gate or process") as figures:
            left = self._left_in_kernel()
            need(not left, left)
            figures.say("none")
        with self.claims.claim("removed: traffic flows, what was denied too") as figures:
            for program in (CURL, FETCH, PROWLER):
                done = self.machine.alice.run(program, "-sS", "-m", "20", PAGE)
                need("hello" in done.out, f"{program}: {done.code} {done.err}")
            figures.say("curl, fetch and prowler reach the server")
        with self.claims.claim("removed: rules are kept") as figures:
            need(self._rule("curl"), "there is none for curl")
            figures.say(", ".join(sorted(self._rules())))
        self._note_state("removed")

    def purged(self) -> None:
        """And then not a file of it is left."""
        with self.claims.claim("apt purges it") as figures:
            figures.say(f"{self._apt('purge', *self._names()):.1f} s")
        with self.claims.claim(
            "purged: /etc/stile, /var/lib/stile and /run/stile are gone"
        ) as figures:
            for place in ("/etc/stile", "/var/lib/stile", "/run/stile", "/usr/lib/stile"):
                there = self.machine.root.run("ls", "-lR", place)
                need(there.code != 0, there.out)
            figures.say("and /usr/lib/stile")
        with self.claims.claim("purged: no file is left that was not there before") as figures:
            after = self._listing()
            more, less = sorted(after - self._before), sorted(self._before - after)
            figures.say(f"{len(after)} files; {len(more)} more, {len(less)} fewer than before")
            need(not more and not less, f"more: {more[:20]}, fewer: {less[:20]}")
        self._note_state("purged")

    # -- what they are made of -----------------------------------------------------------

    def _apt(self, what: str, *words: str) -> float:
        done = self.machine.root.run("apt-get", what, "-y", *words, timeout=1500)
        self._note(f"apt-get {what}", done.out + done.err)
        need(done.code == 0, f"apt-get {what}: {(done.err or done.out).strip()[-800:]}")
        bad = [
            line for line in done.err.splitlines() if re.search(r"error|fail|warning", line, re.I)
        ]
        need(not bad, f"apt-get {what} says: {bad[:5]}")
        return done.seconds

    def _paths(self, packages: Sequence[Path]) -> list[str]:
        return [f"{SHARED}/{each.name}" for each in packages]

    def _names(self) -> list[str]:
        names = [each.name.partition("_")[0] for each in self.packages.current]
        return [name for name in names if self.machine.root.run("dpkg-query", "-s", name).code == 0]

    def _guards(self) -> None:
        root = self.machine.root
        self.machine.wait(
            lambda: root.run("systemctl", "is-active", "stiled").out.strip() == "active", "stiled"
        )
        need(root.run("systemctl", "is-enabled", "stiled").code == 0, "stiled is not enabled")
        need(root.run("nft", "list", "table", "inet", "stile").code == 0, "there is no table")

    def _status(self) -> dict[str, object]:
        done = self.machine.root.run("stile", "--json", "status")
        if done.code:
            return {"version": "", "agents": None, "questions": None}
        told: dict[str, object] = json.loads(done.out)
        return told

    def _version(self) -> str:
        return self.machine.root.must("dpkg-query", "-W", "-f", "${Version}", "stile").strip()

    def _units(self) -> str:
        words = ("stiled.service", "stile-early.service", "run-stile-net_cls.mount")
        states = self.machine.root.run("systemctl", "is-active", *words).out.split()
        return ", ".join(f"{unit} {state}" for unit, state in zip(words, states, strict=False))

    def _doctor(self) -> str:
        lines = self.machine.root.must("stile", "--json", "doctor").splitlines()
        found = [json.loads(line) for line in lines]
        bad = [f"{each['name']}: {each['state']}" for each in found if each["state"] != "ok"]
        return f"{len(found)} features, not ok: {', '.join(bad) or 'none'}"

    def _registered(self) -> str:
        name = "org.kde.StatusNotifierWatcher"
        words = ("busctl", "--user", "get-property", name, "/StatusNotifierWatcher", name)
        look = (*words, "RegisteredStatusNotifierItems")
        self.machine.wait(lambda: "Item" in self.machine.alice.run(*look).out, "its icon")
        return f"in the panel: {self.machine.alice.must(*look).strip()}"

    def _rules(self) -> dict[str, str]:
        listed = self.machine.root.run("sh", "-c", "cd /etc/stile/rules.d && ls").out.split()
        return {name: self.machine.root.read(f"/etc/stile/rules.d/{name}") for name in listed}

    def _rule(self, name: str) -> str:
        found = [text for text in self._rules().values() if f'/{name}"' in text]
        need(found, f"there is no rule about {name}: {sorted(self._rules())}")
        return found[0]

    def _no_questions(self) -> None:
        deadline = time.monotonic() + PATIENCE_OF_QUESTIONS
        while self._status()["questions"]:
            if time.monotonic() > deadline:
                raise Failed("a question that nobody answers does not go")
            time.sleep(1)

    def _session(self) -> str:
        return self.machine.alice.must("sh", "-c", "echo $XDG_SESSION_ID").strip()

    def _arrived(self, port: int) -> int:
        return self.machine.far.arrived(f"udp dst port {port}")

    def _attempts(self, name: str) -> list[tuple[float, str]]:
        lines = self.machine.root.read(f"/run/{name}-sender.log").splitlines()
        split = [line.split() for line in lines]
        return [(float(words[0]), words[1]) for words in split if len(words) == 2]

    def _active_since(self, unit: str) -> float:
        """When a unit became active, in seconds since power-on."""
        words = ("systemctl", "show", unit, "-P", "ActiveEnterTimestampMonotonic")
        return int(self.machine.root.must(*words)) / 1e6

    def _judge_early(self, figures: Figures) -> None:
        ready, tried = self._active_since("stiled"), self._attempts("early")
        need(tried, "the early sender has sent nothing")
        before = Counter(what for when, what in tried if when < ready)
        arrived = self._arrived(EARLY)
        figures.say(
            f"{before.total()} attempts in {ready - tried[0][0]:.2f} s before ready: {dict(before)}"
        )
        figures.say(f"{len(tried) - before.total()} after; {arrived} arrived")
        need(before, "it began only after the helper was ready: that proves nothing")
        need(arrived == 0, f"{arrived} datagrams arrived")

    def _judge_hasty(self, figures: Figures) -> None:
        there, tried = self._active_since("stile-early"), self._attempts("hasty")
        arrived = self.machine.far.sent_at(HASTY)
        late = [when for when in arrived if when > there]
        ahead = there - tried[0][0]
        side = "before" if ahead > 0 else "after"
        figures.say(f"it began {abs(ahead):.2f} s {side} stile-early.service was done")
        figures.say(f"{len(arrived) - len(late)} arrived until then, {len(late)} afterwards")
        need(there, "stile-early.service was not active in this boot")
        need(not arrived, f"sent at {arrived[:3]} to {arrived[-3:]}, done at {there:.2f}")

    def _boot_seconds(self) -> float:
        words = ("-P", "FinishTimestampMonotonic", "-P", "UserspaceTimestampMonotonic")
        shown = self.machine.root.must("systemctl", "show", *words).split()
        return abs(int(shown[0]) - int(shown[1])) / 1e6

    def _blame(self) -> str:
        lines = self.machine.root.run("systemd-analyze", "blame", "--no-pager").out.splitlines()
        ours = [" ".join(line.split()) for line in lines if "stile" in line]
        return ", ".join(ours)

    def _desktop_log(self) -> str:
        words = ("journalctl", "-b", "--no-pager", "-u", "alice.service")
        return self.machine.root.run(
            "sh", "-c", f"cat /home/alice/openbox.log; {' '.join(words)}"
        ).out

    def _left_in_kernel(self) -> str:
        return self.machine.root.must(f"{INSIDE}/left").strip()

    def _listing(self) -> set[str]:
        return set(self.machine.root.must(f"{INSIDE}/listing", timeout=300).splitlines())

    def _note_state(self, name: str) -> None:
        self._note(f"state {name}", self.machine.root.run(f"{INSIDE}/state", timeout=300).out)

    def _note(self, name: str, text: str) -> None:
        self._states += 1
        file = self.log / f"{self._states:02}-{name.replace(' ', '-')}.txt"
        file.write_text(text)
