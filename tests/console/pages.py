import html
import re

import lxml.html


def words(response) -> str:
    """What a person reads on the page."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def act(client, url: str, action: str, records, **answers):
    """Choose the records of a list and an action, then confirm it on the page between; returns the last response."""
    chosen = [getattr(record, "pk", record) for record in records]
    page = client.post(url, {"action": action, "_selected_action": chosen})
    return confirm(client, page, url, **answers)


def confirm(client, page, url: str, **answers):
    """Press the button of the page between, with what it asks for; the page itself where it has no such button."""
    for form in document(page).forms if page.status_code == 200 else []:
        fields = list(form.form_values())
        count = dict(fields).get("confirmed")
        if count and form.xpath(".//button"):
            values: dict[str, list] = {}
            for name, value in fields:
                values.setdefault(name, []).append(value)
            typed = {"typed": count} if form.xpath(".//input[@name='typed']") else {}
            return client.post(url, {**values, **typed, **answers})
    return page


def document(response):
    return lxml.html.fromstring(response.content.decode())
