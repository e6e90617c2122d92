"""How anything is asked of WeChat, and how it survives accidents.

| module | holds |
|---|---|
| operations | `@operation`: one thing that can be asked of WeChat about one record; opening a step and running it |
| closing | closing a step in one commit with what the answer changes, and the calls made under it |
| failing | where a step is left when carrying it out raised |
| queue | steps that wait for a worker: created for a job, claimed, carried out |
| ahead | records loaded together for the steps that a worker has claimed |
| claims | steps claimed in groups, shared by the threads of this process |
| second_person | what an operation asks of a rule that takes two people |
| recovery | steps of unknown outcome, found by the sweep: resolved by reading back, by repeating, or by a person |
| reading | reading a record: the newest read wins |
| unread | answers that could not be read: noted at the record, named at the list |
| pulls | lists that are read whole: `@pull` |
| pages | reading a list page by page |
| stopping | whether this process was told to stop |
| leases | how long a worker may keep what it has claimed |
| waking | waking a worker through the broker |
| actors | who asks |
| request_ids | the id that follows a press from the HTTP request to its steps, calls and lines of the log |
| errors | why a step was not carried out |
"""
