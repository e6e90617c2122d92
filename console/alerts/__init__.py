"""Alerts: what needs somebody now is told to people, once when it begins and once when it is over.

Nothing that happens has to remember to raise an alert. Every half minute each kind is asked which of its causes stand;
a cause that is new opens an alert, and one that is gone ends it.

| module | holds |
|---|---|
| `kinds` | which kinds there are; apps register theirs in `watched.py`, with `@alert` |
| `comparing` | opens and ends alerts by what stands, and notes what each channel is to tell |
| `recipients` | which channels are told: those that chose the kind, and whose people may see it |
| `messages` | the words of one message, and of a digest |
| `robots` | the requests that the robots of WeCom, Feishu and DingTalk take |
| `mails` | mails to each person of a channel |
| `sending` | sends one message through a channel, by mail or to a robot; `telling`: how it ended |
| `rounds` | what is due for a channel: quiet hours, digests, attempts after failures |
| `browser` | what an open tab of the console shows |
| `api` | `/api/v1/alerts/` |

Webhooks need nothing of their own: alerts are followed records of the feed.
"""
