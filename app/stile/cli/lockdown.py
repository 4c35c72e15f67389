"""`stile lockdown`: only what is allowed reaches the network, and nobody is asked."""

from stile import sentences
from stile.cli.show import Cell, Output, Style
from stile.client import Firewall


async def say(firewall: Firewall, out: Output) -> None:
    """Say whether it is on."""
    on = bool((await firewall.status()).get("lockdown", False))
    if out.as_json:
        out.record({"lockdown": on})
    elif on:
        out.line(Cell(f"lockdown is on: {sentences.locked_down()}", Style.CAUTION))
    else:
        out.line("lockdown is off")


async def switch(firewall: Firewall, out: Output, *, on: bool) -> None:
    """Switch it on or off, and say whether it is on."""
    await firewall.lockdown(on=on)
    await say(firewall, out)
