"""The money of the merchant account (BEHAVIOUR 7.3), in fen except for `getorderflow`; 9710001 means no data."""

from wechat import client
from wechat.errors import UnreadableAnswer

ADMINISTRATOR = 1


def getbalance() -> tuple[int, int]:
    """The amount that can be withdrawn, and the amount that is not settled yet."""
    info = _object(client.post("/shop/funds/getbalance"), "balance_info")
    return _whole(info, "available_amount"), _whole(info, "pending_amount")


def scanorderflow(date: str, page_num: int, page_size: int = 100) -> tuple[list[str], int]:
    """A page (from 1) of the flows of one day, `yyyyMMdd` in Shanghai's time, and how many there are."""
    query = {"date": date, "page_num": page_num, "page_size": page_size}
    return _numbers(client.post("/shop/funds/scanorderflow", query), "funds_flow_ids")


def getorderflow(funds_flow_id: str) -> dict:
    """One flow. `amount` and `balance` are yuan, as they came: an int, or the text of a number."""
    return _object(client.post("/shop/funds/getorderflow", {"funds_flow_id": funds_flow_id}), "funds_flow")


def submitwithdraw(amount: int, remark: str = "", bank_memo: str = "") -> tuple[str, str]:
    """Ask for a withdrawal; returns its out_request_no and the ticket of the QR code that confirms it."""
    withdrawal = {"amount": amount, "remark": remark, "bank_memo": bank_memo}
    answer = client.post("/shop/funds/submitwithdraw", withdrawal)
    return _text(answer, "out_request_no"), _text(answer, "qrcode_ticket")


def scanwithdraw(page_num: int, page_size: int = 100) -> tuple[list[str], int]:
    """A page (from 1) of the withdrawals' numbers, and how many there are."""
    answer = client.post("/shop/funds/scanwithdraw", {"page_num": page_num, "page_size": page_size})
    return _numbers(answer, "out_request_nos")


def getwithdrawdetail(out_request_no: str) -> dict:
    """{amount, status, reason, remark, bank_name, bank_num, bank_memo, create_time, update_time (Unix seconds)}."""
    return _object(client.post("/shop/funds/getwithdrawdetail", {"out_request_no": out_request_no}), "withdraw_info")


def setbankaccount(account_info: dict) -> None:
    """Set the bank account for withdrawals: {bank_account_type, account_bank, bank_address_code, account_number}."""
    client.post("/shop/funds/setbankaccount", {"account_info": account_info})


def getbankaccount() -> dict:
    return _object(client.post("/shop/funds/getbankaccount"), "account_info")


def qrcode_gen(identity_type: int = ADMINISTRATOR) -> str:
    """A ticket for a QR code that does not belong to a withdrawal."""
    return _text(client.post("/shop/funds/qrcode/gen", {"identity_type": identity_type}), "qrcode_ticket")


def qrcode_get(qrcode_ticket: str) -> str:
    """The QR code as a PNG in base64; 60220 when the ticket has expired."""
    return _text(client.post("/shop/funds/qrcode/get", {"qrcode_ticket": qrcode_ticket}), "qrcode_buf")


def qrcode_check(qrcode_ticket: str) -> dict:
    """{status: 0 not scanned, 4 scanned, 1 confirmed, 2 cancelled, 3 expired; scan_user_type; self_check_err_…}."""
    answer = client.post("/shop/funds/qrcode/check", {"qrcode_ticket": qrcode_ticket})
    return {
        "status": _whole(answer, "status"),
        "scan_user_type": _whole(answer, "scan_user_type", 0),
        "self_check_err_code": _whole(answer, "self_check_err_code", 0),
        "self_check_err_msg": str(answer.get("self_check_err_msg") or ""),
    }


def getbanklist(key_words: str = "", bank_type: int = 0, offset: int = 0, limit: int = 20) -> list[dict]:
    """Banks: {account_bank, bank_type, bank_id, bank_code, bank_name, need_branch}; bank_type 0 is any."""
    query = {"offset": offset, "limit": limit, "key_words": key_words}
    answer = client.post("/shop/funds/getbanklist", query | ({"bank_type": bank_type} if bank_type else {}))
    return client.rows_of(answer, "data")


def getbankbynum(account_number: str) -> list[dict]:
    """The banks that an account number may belong to."""
    return _rows(client.post("/shop/funds/getbankbynum", {"account_number": account_number}))


def getprovince() -> list[dict]:
    """{province_code, province_name} of each."""
    return client.rows_of(client.post("/shop/funds/getprovince"), "data")


def getcity(province_code: int) -> list[dict]:
    """{city_code, city_name, bank_address_code} of each."""
    return client.rows_of(client.post("/shop/funds/getcity", {"province_code": province_code}), "data")


def getsubbranch(city_code: int, bank_code: str, offset: int = 0, limit: int = 20) -> tuple[list[dict], int]:
    """{branch_id, branch_name} of a bank's branches in a city, and how many there are."""
    query = {"city_code": city_code, "bank_code": bank_code, "offset": offset, "limit": limit}
    answer = client.post("/shop/funds/getsubbranch", query)
    return _rows(answer), _whole(answer, "total_count", 0)


def _object(answer: dict, name: str) -> dict:
    if not isinstance(answer.get(name), dict) or not answer[name]:
        raise UnreadableAnswer(f"WeChat answered without {name}")
    return answer[name]


def _text(answer: dict, name: str) -> str:
    if not answer.get(name):
        raise UnreadableAnswer(f"WeChat answered without {name}")
    return str(answer[name])


def _whole(answer: dict, name: str, default: int | None = None) -> int:
    """A number, also where it comes as text."""
    value = answer.get(name)
    if value in (None, "") and default is not None:
        return default
    try:
        return int(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UnreadableAnswer(f"WeChat answered without {name}") from None


def _numbers(answer: dict, name: str) -> tuple[list[str], int]:
    return [str(number) for number in answer.get(name) or []], _whole(answer, "total_num", 0)


def _rows(answer: dict) -> list[dict]:
    return [row for row in answer.get("data") or [] if isinstance(row, dict)]
