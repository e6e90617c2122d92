from django.db import models


class Promoter(models.Model):
    """A person who sells from their own Channels account; bound on the platform's pages only (BEHAVIOUR 6)."""

    promoter_id = models.CharField(max_length=64, unique=True)
    promoter_openid = models.CharField(max_length=40)
    finder_nickname = models.CharField(max_length=100)
    bound = models.BooleanField(default=True, db_index=True)
    turns = models.JSONField(default=list)  # when it was bound or unbound, in Unix seconds by the account's clock


class Sharer(models.Model):
    """A person who was invited to share live rooms, with the state of it (BEHAVIOUR 6.1)."""

    BOUND, REFUSED, INVITING, EXPIRED = 1, 2, 3, 4

    openid = models.CharField(max_length=40, unique=True)
    nickname = models.CharField(max_length=100)
    status = models.IntegerField(default=INVITING, db_index=True)
    invitations = models.JSONField(default=list)  # when, in Unix seconds by the account's clock, of the last day
    invited_at = models.DateTimeField(null=True)
    bound_at = models.DateTimeField(null=True)
    unbound_at = models.DateTimeField(null=True)
    refuses = models.BooleanField(default=False)  # wants no further invitations
    elsewhere = models.PositiveSmallIntegerField(default=0)  # other mini programs that this person shares for
