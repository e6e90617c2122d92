"""A mini program's backend: it places an order, has it paid, ships it, refuses an after-sale, and listens meanwhile.

    pip install ./clients/python
    CONSOLE_URL=http://127.0.0.1:8000 CONSOLE_KEY=tc_… python docs/examples/backend.py

The key needs the scopes `orders`, `ship`, `after-sale`, `after-sale-decide`, `events` and `webhooks`, and the console
its list of express companies. With the sandbox, pay on its page once the payment parameters are printed.
"""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

from trading_console import NotVerified, TradingConsole, WebhookEvent, changes, schemas, verify_webhook

LINE: schemas.ProductInfo = {
    "out_product_id": "dress-1001",
    "out_sku_id": "dress-1001-red",
    "product_cnt": 1,
    "sale_price": 19900,  # all money is in fen
    "title": "法式碎花连衣裙",
    "path": "pages/product?id=1001",
    "head_img": "https://mmecimage.cn/p/x/1",
}


class Receiver(ThreadingHTTPServer):
    """Takes the console's webhooks, and keeps each once in `events`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", int(os.environ.get("LISTEN_PORT", "0"))), Handler)
        self.secret = ""
        self.seen: set[str] = set()  # a real backend keeps these in its database
        self.events: Queue[WebhookEvent] = Queue()


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = verify_webhook(self.server.secret, dict(self.headers), body)
        except NotVerified:
            return self.send_error(400)
        if self.headers["webhook-id"] not in self.server.seen:  # a webhook may come twice
            self.server.seen.add(self.headers["webhook-id"])
            self.server.events.put(event)  # answer at once, work later
        self.send_response(204)
        return self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def wait_for(receiver: Receiver, wanted: str) -> None:
    """Print what is heard until the wanted event is there."""
    while True:
        event = receiver.events.get(timeout=300)
        print("heard", event["type"], event["data"]["record"]["url"], flush=True)
        if event["type"] == wanted:
            return


def sell(console: TradingConsole, receiver: Receiver, number: str) -> None:
    """From the buyer's order to the parcel."""
    placed = console.orders.create(
        {
            "out_order_id": number,
            "openid": "oTVP50O53a7jgmawAmxKukNlq3XI",
            "scene": 1177,
            "path": f"pages/order?id={number}",
            "product_infos": [LINE],
            "address_info": {"receiver_name": "张三", "tel_number": "13800138000", "detailed_address": "体育西路 1 号"},
        },
        idempotency_key=number,
    )
    print("placed", number, placed["final_price"], flush=True)
    params = console.orders.get_payment_params(number)
    print("the mini program pays with", sorted(params), flush=True)
    wait_for(receiver, "order.paid")
    if console.orders.retrieve(number)["status"] != 20:  # a webhook is a hint: the record is what counts
        raise SystemExit("It is not paid after all.")
    console.orders.ship_order(number, {"parcels": [{"delivery_id": "SF", "waybill_id": f"SF{number[-12:]}"}]})
    wait_for(receiver, "order.shipped")


def refuse(console: TradingConsole, receiver: Receiver, number: str) -> None:
    """The buyer asks for the money back, and the merchant refuses."""
    aftersale = console.aftersales.create(
        {
            "out_aftersale_id": f"a-{number}",
            "out_order_id": number,
            "out_product_id": LINE["out_product_id"],
            "out_sku_id": LINE["out_sku_id"],
            "product_cnt": 1,
            "type": 1,
            "orderamt": LINE["sale_price"],
            "refund_reason": "It does not fit",
        }
    )
    job = console.aftersales.reject_claim(aftersale["id"], {"reject_reason": "The parcel is on its way."})
    print("refusal", [step["state"] for step in console.wait_for(job)["steps"]], flush=True)
    wait_for(receiver, "aftersale.refused")


def main() -> None:
    console = TradingConsole(os.environ["CONSOLE_URL"], os.environ["CONSOLE_KEY"])
    receiver = Receiver()
    before = console.events.list(after="now")["position"]
    url = f"http://127.0.0.1:{receiver.server_port}/console"
    webhook = console.webhooks.create({"url": url, "events": ["order", "aftersale"]})  # once; its secret is shown once
    receiver.secret = webhook["secret"]
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        number = os.environ.get("ORDER_NUMBER") or f"example-{time.time_ns()}"
        sell(console, receiver, number)
        refuse(console, receiver, number)
    finally:
        console.webhooks.destroy(webhook["id"])
    # What a webhook did not tell, the feed does: go on from the position that you have stored.
    for answer in changes(console.events.list, before, types="order,aftersale"):
        print("the feed has", [event["type"] for event in answer["results"]], "until", answer["position"], flush=True)


if __name__ == "__main__":
    main()
