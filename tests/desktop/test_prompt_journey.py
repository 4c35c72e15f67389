"""From a held packet to a rule and back: real helper, real tray, real clicks."""

import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from screen import Screen, missing, running, tray_command, wait_for
from worlds import FAR, World, until, why_not, world

if reason := why_not() or (missing() and f"a desktop needs {missing()}"):
    pytest.skip(reason, allow_module_level=True)

PROMPT = "wants to connect"
ALLOW, ADDRESS, PORT = (554, 64), (233, 194), (493, 194)
"""Where to click, in pixels from the left and from below."""


@pytest.fixture
def guarded() -> Iterator[World]:
    with world() as made:
        made.helper = made.stiled()
        made.server()
        yield made


@pytest.fixture
def tray(guarded: World, stage: Screen) -> Iterator["subprocess.Popen[str]"]:
    command = tray_command(guarded.bus)
    with running(command, stage.environment) as process:
        until(lambda: '"agents": 1' in guarded.stile("status", "--json"), "the tray")
        yield process


def curl(guarded: World) -> "subprocess.Popen[str]":
    """Somebody fetches a page; the server closes at once, which is no failure to connect.

    It is a curl that no package has brought, so that nothing more is told of it later.
    """
    program = guarded.home / "programs" / "curl"
    if not program.exists():
        program.parent.mkdir()
        shutil.copy(shutil.which("curl") or "/usr/bin/curl", program)
    wanted = [str(program), "-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{time_connect}"]
    return guarded.start(*guarded.near(*wanted, f"http://{FAR}/"))


def connected(process: "subprocess.Popen[str]") -> bool:
    said, _ = process.communicate(timeout=60)
    return float(said) > 0


def click(stage: Screen, window: str, place: tuple[int, int]) -> None:
    across, above = place
    stage.click(window, across, stage.size(window)[1] - above)


def allow(stage: Screen, prompt: str, happened: Callable[[], object]) -> None:
    """Press the button until it counts."""

    def done() -> object:
        if prompt in stage.windows(PROMPT):
            click(stage, prompt, ALLOW)
        return happened()

    wait_for(done, "what follows from the answer")


@pytest.mark.usefixtures("tray")
def test_a_narrow_answer_is_the_rule_that_was_shown_and_can_be_taken_back(
    guarded: World, stage: Screen
) -> None:
    fetching = curl(guarded)
    prompt = stage.window(PROMPT)
    click(stage, prompt, ADDRESS)
    click(stage, prompt, PORT)
    shown = f"curl may reach {FAR}, port 80, tcp, forever"

    allow(stage, prompt, lambda: stage.windows(shown))

    assert connected(fetching)
    (file,) = guarded.rules.iterdir()
    assert file.read_text() == (
        f'application = "path:{guarded.home}/programs/curl"\n'
        f'[[rule]]\naction = "allow"\nto = "{FAR}"\n'
        'port = "80"\nprotocol = "tcp"\n'
    )
    undo = stage.window(shown)
    width, height = stage.size(undo)
    stage.click(undo, width - 50, height // 2)
    stage.window("Taken back")
    assert list(guarded.rules.iterdir()) == []
    curl(guarded)
    assert stage.window(PROMPT), "it is asked about again"


@pytest.mark.usefixtures("tray")
@pytest.mark.parametrize("crash", ["helper", "bus"])
def test_a_question_outlives_the_helper_and_the_bus(
    guarded: World, stage: Screen, crash: str
) -> None:
    fetching = curl(guarded)
    prompt = stage.window(PROMPT)
    if crash == "helper":
        guarded.helper.kill()
        stage.gone(PROMPT)
        guarded.stiled()
    else:
        guarded.restart_bus()
        until(lambda: '"agents": 1' in guarded.stile("status", "--json", check=False), "the tray")

    prompt = stage.window(PROMPT)
    allow(stage, prompt, lambda: list(guarded.rules.iterdir()))

    assert connected(fetching)
