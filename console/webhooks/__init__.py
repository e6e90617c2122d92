"""Webhooks: other systems are told of events of the feed, signed as Standard Webhooks describes it.

The feed is complete and in order; webhooks are hints: each arrives at least once, known by its `webhook-id`, and one
that failed arrives later than those after it. Nothing is added to the commit of a change: an endpoint keeps the
position up to which it was told, and goes on from there.

| module | holds |
|---|---|
| `addresses` | which addresses are allowed, looked at again for each connection |
| `sending` | one request: its body, its signature, and how it ended |
| `rights` | whether whoever answers for it may still view what it tells |
| `rounds` | what is due for an endpoint, attempt by attempt, and when it is switched off |
| `making` | what people and programs do with them: make, try, give another secret, send again |
| `api` | `/api/v1/webhooks/` |
"""
