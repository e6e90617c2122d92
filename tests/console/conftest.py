import pytest

from tests.receiver import Receiver


@pytest.fixture
def receiver():
    """Another system that is told, on this machine."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def outside(settings):
    """Alerts leave the console, though it runs against a sandbox."""
    settings.ALERTS_FROM_SANDBOX = True
    settings.CONSOLE_URL = "https://console.example.com"
