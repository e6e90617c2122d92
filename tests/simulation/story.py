"""Shrinks a month that fails to a few acts that still fail in the same way, and tells them in words."""

from .playing import Month, play
from .world import World


def shrink(world: World, drawn: dict, failed: Month) -> tuple[list[dict], Month, int]:
    """Delta debugging: leave out ever smaller parts while the same rule is still broken; then faults one by one."""
    acts, last, tries = list(drawn["acts"]), failed, 0
    wanted = _kind(failed)

    def fails(part: list[dict]) -> Month | None:
        nonlocal tries
        tries += 1
        month = play(world, {**drawn, "acts": part})
        return month if month.faults and _kind(month) == wanted else None

    size = max(1, len(acts) // 2)
    while size:
        at = 0
        while at < len(acts):
            part = acts[:at] + acts[at + size :]
            if month := fails(part):
                acts, last = part, month
            else:
                at += size
        size //= 2
    for nth, act in enumerate(acts):
        for fault in list(act["faults"]):
            fewer = {**acts[nth], "faults": [one for one in acts[nth]["faults"] if one is not fault]}
            part = [*acts[:nth], fewer, *acts[nth + 1 :]]
            if month := fails(part):
                acts, last = part, month
    return acts, last, tries


def tell(world: World, drawn: dict, failed: Month) -> str:
    """The shortest story of a month that fails."""
    acts, month, tries = shrink(world, drawn, failed)
    head = f"The story of seed {failed.seed}: {len(acts)} acts of {len(drawn['acts'])}, found with {tries} plays"
    return "\n".join([head, *(f"  {line}" for line in month.lines), *(f"  ✗ {fault}" for fault in month.faults[:5])])


def _kind(month: Month) -> str:
    """By which rule it fails."""
    return month.faults[0].split(":")[0]
