from django.urls import path, re_path

from . import control, front

app_name = "sandbox"
urlpatterns = [
    path("", control.page, name="page"),
    path("do/<slug:action>/", control.press, name="press"),
    path("scenario/<int:pk>/", control.scenarios.download, name="scenario"),
    path("push/<int:pk>/", control.push_again, name="push-again"),
    re_path(r"^(?P<path>(shop|cgi-bin)/.+)$", front.front),
]
