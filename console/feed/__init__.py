"""What changed, for other systems: every committed change of a followed record is an event with a position.

| module | holds |
|---|---|
| `kinds` | which records are followed, and how their events are called; apps register theirs in `followed.py` |
| `triggers` | the triggers of the database that write the events, made after each migrate |
| `positions` | gives positions to committed events, in the order in which they were committed |
| `reading` | what a reader gets after a position |
| `api` | `/api/v1/events/`, and `updated_after` of lists |

A trigger sees everything: `save()`, `queryset.update()`, a cascade, SQL by hand. A position is given under a lock, and
only to what is committed: so a reader who has seen a position has seen all before it, whatever was open at the time.
"""
