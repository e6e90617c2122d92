"""How people sign in: passwords, second factors, sessions, and what their owners are told.

| module | holds |
|---|---|
| `limits` | who has to wait before a password is looked at, and which address is refused |
| `browsers` | the signed cookie of a browser in which somebody signed in before |
| `form` | the sign-in page's form |
| `entering` | from the right password to the session, past the second factor where one is needed |
| `second_factor` | who needs one; codes of an authenticator app, and recovery codes |
| `sessions` | the sign-ins of a person, and how their sessions are ended |
| `notices` | what people are told of their own account |
| `pages` | My sign-ins, and the pages of the second factor |

Why the sign-in page is shown, and what becomes of what was sent without a session: `console/sign_in.py`.
"""
