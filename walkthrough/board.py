"""The console's board of 17 steps, read through its API."""

from .client import Client

COMPLETED = "completed"


def steps(client: Client) -> list[dict]:
    """The rows of the board, in the order of the guide."""
    return client.get("access/")["steps"]


def step(client: Client, number: int) -> dict:
    return steps(client)[number - 1]


def state(client: Client, number: int) -> str:
    return step(client, number)["state"]


def is_completed(client: Client, number: int) -> bool:
    return state(client, number) == COMPLETED


def tick(client: Client, number: int) -> None:
    """Tick a step that no interface of WeChat shows."""
    client.post("access/tick/", {"number": number})


def finish(client: Client, number: int, operation: str) -> None:
    """Declare a task done, once WeChat has seen what it requires."""
    if is_completed(client, number):
        return
    client.operate("access/refresh_access/")
    client.wait(lambda: not step(client, number)["missing"], lambda: " ".join(step(client, number)["missing"]))
    client.operate(f"access/{operation}/")
    wait_until_completed(client, number)


def wait_until_completed(client: Client, number: int) -> None:
    """Refresh the access until the board says that the step is completed."""

    def refreshed() -> bool:
        if is_completed(client, number):
            return True
        client.operate("access/refresh_access/")
        return is_completed(client, number)

    client.wait(refreshed, lambda: step(client, number)["evidence"])
