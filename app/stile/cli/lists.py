"""`stile lists`: the block lists, and fetching them."""

from datetime import datetime

from stile.cli.show import Cell, Output, Style, judged, remark
from stile.client import Firewall


async def listing(firewall: Firewall, out: Output) -> None:
    """Show every block list."""
    lists = await firewall.lists()
    if out.as_json:
        for each in lists:
            out.record(each)
        return
    if not lists:
        remark("there are no block lists so far (a file a list in /etc/stile/lists.d)")
        return
    rows = [
        (
            judged(each["action"]),
            each["name"],
            str(each["entries"]),
            str(each["hits"]),
            f"{datetime.fromtimestamp(each['updated']):%Y-%m-%d %H:%M}"
            if each["updated"]
            else "never",
            each["source"],
        )
        for each in lists
    ]
    out.table(("VERDICT", "LIST", "ENTRIES", "HITS", "UPDATED", "SOURCE"), rows)
    for each in lists:
        if each["problem"]:
            out.line(Cell(f"problem: {each['problem']}", Style.CAUTION))


async def refresh(firewall: Firewall, out: Output) -> None:
    """Fetch the lists that come from the web, and show all."""
    await firewall.refresh_lists()
    await listing(firewall, out)
