"""`stile settings`: what stands in stile.toml, and how it is changed."""

from stile.cli.failures import Failed
from stile.cli.show import Cell, Output, Style, remark
from stile.client import Firewall
from stile.settings import Settings, Stated, Value, worded

RESTART = "counts once the helper is started anew (systemctl restart stiled)"
MEANINGS = {
    "when_daemon_is_away": "what unknown programs get while no helper runs: deny or allow",
    "question_timeout": "seconds that a question stays open",
    "when_nobody_answers": "what happens then: allow, deny or drop",
    "held_per_application": "packets held of one application",
    "held_in_all": "packets held of all applications",
    "questions_in_all": "questions open at a time",
    "ask_about_inbound": "ask who may accept connections",
    "name_servers": "believed about names, beside those of resolv.conf",
    "everybody_may_look_up": "let every program look names up: a way out for anything",
    "quick_moves": "no waiting when a program gets its verdict; counts from the next boot on",
}


async def listing(firewall: Firewall, out: Output, key: str | None) -> None:
    """List all settings, or say one."""
    stated = await firewall.settings()
    if key is not None:
        worded_key(key)
    values = {each: value for each, value in stated.settings.values.items() if key in (None, each)}
    if stated.problem:
        remark(f"{stated.problem}; these are in force")
    if out.as_json:
        for each, value in values.items():
            late = each in stated.after_restart
            out.record({"key": each, "value": value, "after_restart": late})
    elif key is not None:
        out.line(said(values[key]))
    else:
        out.table(("key", "value", "meaning"), [_row(stated, *each) for each in values.items()])


async def change(firewall: Firewall, out: Output, key: str, text: str) -> None:
    """Change one setting."""
    try:
        value = worded(key, text)
        Settings().with_changes({key: value})
    except ValueError as error:
        raise Failed(str(error)) from None
    late = await firewall.change_settings({key: value})
    if out.as_json:
        out.record({"key": key, "value": value, "after_restart": key in late})
        return
    out.line(f"{key} = {said(value)}")
    if key in late:
        remark(f"{key} {RESTART}")


def worded_key(key: str) -> None:
    """Check that there is such a setting. Raises Failed."""
    if key not in (known := Settings().values):
        raise Failed(f"there is no setting '{key}': {', '.join(known)}")


def said(value: Value) -> str:
    """Write a value as one types it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _row(stated: Stated, key: str, value: Value) -> tuple[Cell | str, ...]:
    late = key in stated.after_restart
    meaning = MEANINGS.get(key, "")
    style = Style.PLAIN if value == Settings().values[key] else Style.BOLD
    text = f"{meaning}; {RESTART}" if late else meaning
    return key, Cell(said(value) or "-", style), Cell(text, Style.CAUTION if late else Style.FAINT)
