from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from .models import Access


def start(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect after signing in: to the access board until the mini program has access, then to the Today page."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path, reverse("admin:login"))
    begins = request.user.has_perm("scenes.view_access") and not Access.load().is_open
    return redirect("admin:scenes_access_changelist" if begins else "admin:index")
