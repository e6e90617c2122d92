"""Backups: a folder with the database, the private files and a manifest; and in a file beside it the keys, sealed.

`making` writes one, `restoring` brings it back, `after` puts right what the console did after it was made.
"""
