"""Bulk: rows of a sheet into the database, and products submitted to a platform that takes 50 ms to answer.

    .venv/bin/python -m tests.benchmarks.bulk [--rows 10000 100000] [--products 640] [--rounds 5] [--part import|submit]

Import: our import (read, checked, per-row errors, undo kept) beside the straightforward way (openpyxl, and the API's
serializer saved row by row, on a sample), django-import-export where it is installed (its defaults, on a sample), and
the floor (the same rows and tables by bulk_create from memory, nothing looked at). Peak memory is a process's own.

Submit: jobs worked by so many threads, beside a loop of bare calls and as many threads of bare calls; then under a
pace limit, whose wall time and fullest window are shown. Counters (calls, rows) are asserted, times are printed.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="console-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

import openpyxl  # noqa: E402
import requests  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.files import File  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test.utils import get_runner, setup_test_environment  # noqa: E402
from requests.adapters import BaseAdapter  # noqa: E402

from catalog.imports import batches, columns  # noqa: E402
from catalog.models import SKU, SPU, Batch, BatchChange, Category, SPUPicture, SPURound  # noqa: E402
from catalog.operations import submit_spu  # noqa: E402
from catalog.serializers import SPUSerializer  # noqa: E402
from console import jobs  # noqa: E402
from console.models import Job  # noqa: E402
from tests.benchmarks import report  # noqa: E402
from tests.processes import database_url  # noqa: E402
from wechat import client  # noqa: E402
from wechat.models import Call, Image, Pace, Step  # noqa: E402

SAMPLE = 1000  # rows the slow ways are measured on
LATENCY = 0.05


def cells(number: int) -> list:
    values = {
        "out_product_id": f"dress-{number:06}",
        "title": f"法式碎花连衣裙 夏季新款 {number}",
        "third_cat_id": "6040",
        "path": f"pages/product/detail?id={number}",
        "desc": "100% 棉，可机洗，夏季薄款",
        "out_sku_id": f"sku-{number:06}",
        "sku_attrs": f"颜色: 红; 尺码: {number % 7}",
        "sale_price": 19.99,
        "market_price": 29.9,
        "stock_num": 100,
        "barcode": f"69{number:011}",
    }
    return [values.get(column.name) for column in columns.PRODUCTS]


def make_sheet(path: Path, rows: int) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([column.name for column in columns.PRODUCTS])
    for number in range(rows):
        sheet.append(cells(number))
    book.save(path)


def empty() -> None:
    for model in (BatchChange, Batch, SPURound, SPUPicture, SKU, SPU):
        model.objects.all()._raw_delete("default")


def ours(path: Path, rows: int) -> float:
    with path.open("rb") as file:
        batch = batches.create(File(file, path.name), wake=False)
    started = time.perf_counter()
    batches.work(batch.pk)
    checked = time.perf_counter()
    assert batches.start(Batch.objects.get())
    begun = time.perf_counter()
    batches.work(batch.pk)
    ended = time.perf_counter()
    batch.refresh_from_db()
    assert (batch.good, batch.bad, SPU.objects.count(), SKU.objects.count()) == (rows, 0, rows, rows)
    print(f"    checked first: {rows / (checked - started):,.0f} rows/s", file=sys.stderr)
    return rows / (ended - begun)


def straightforward(path: Path, rows: int) -> float:
    """As one would write it first: openpyxl's rows through the API's serializer, each saved by itself."""
    book = openpyxl.load_workbook(path, read_only=True)
    started, done = time.perf_counter(), 0
    for number, row in enumerate(book.active.iter_rows(min_row=2, values_only=True)):
        if number == SAMPLE:
            break
        values = dict(zip([column.name for column in columns.PRODUCTS], row, strict=True))
        sku = {
            "out_sku_id": values["out_sku_id"],
            "sale_price": columns.fen(values["sale_price"]),
            "market_price": columns.fen(values["market_price"]),
            "stock_num": values["stock_num"],
            "barcode": values["barcode"],
            "sku_attrs": columns.attributes.parse(values["sku_attrs"]),
        }
        names = ("out_product_id", "title", "third_cat_id", "path", "desc")
        serializer = SPUSerializer(data={name: values[name] for name in names} | {"skus": [sku]})
        serializer.is_valid(raise_exception=True)
        serializer.save()
        done += 1
    assert SPU.objects.count() == done
    return done / (time.perf_counter() - started)


def peer(path: Path, rows: int) -> float | None:
    """django-import-export as it comes, of the SKU's row alone: no product, no pictures."""
    try:
        from import_export import resources
        from tablib import Dataset
    except ImportError:
        return None
    spu = SPU.objects.create(out_product_id="all", title="all")

    class SKUResource(resources.ModelResource):
        class Meta:
            model = SKU
            import_id_fields = ("out_sku_id",)
            fields = ("out_sku_id", "spu", "sale_price", "market_price", "stock_num", "barcode")

    data = Dataset(headers=["out_sku_id", "spu", "sale_price", "market_price", "stock_num", "barcode"])
    for number in range(SAMPLE):
        data.append([f"sku-{number:06}", spu.pk, 1999, 2990, 100, f"69{number:011}"])
    started = time.perf_counter()
    result = SKUResource().import_data(data)
    assert not result.has_errors() and SKU.objects.count() == SAMPLE
    return SAMPLE / (time.perf_counter() - started)


def floor(path: Path, rows: int) -> float:
    """The same rows in the same tables and nothing else."""
    started = time.perf_counter()
    for first in range(0, rows, 500):
        last = min(first + 500, rows)
        spus = SPU.objects.bulk_create(
            SPU(
                out_product_id=f"dress-{number:06}",
                title=f"法式碎花连衣裙 夏季新款 {number}",
                category_id=6040,
                path=f"pages/product/detail?id={number}",
                desc="100% 棉，可机洗，夏季薄款",
            )
            for number in range(first, last)
        )
        SKU.objects.bulk_create(
            SKU(
                spu=spu,
                out_sku_id=f"sku-{first + nth:06}",
                sale_price=1999,
                market_price=2990,
                stock_num=100,
                barcode=f"69{first + nth:011}",
                sku_attrs=[{"attr_key": "颜色", "attr_value": "红"}],
            )
            for nth, spu in enumerate(spus)
        )
    return rows / (time.perf_counter() - started)


WAYS = {"floor": floor, "ours": ours, "straightforward": straightforward, "django-import-export": peer}


def compare_imports(sizes: list[int], rounds: int) -> None:
    Category.objects.create(third_cat_id=6040, first_cat_id=1, second_cat_id=2)
    for rows in sizes:
        path = Path(tempfile.mkdtemp()) / f"{rows}.xlsx"
        make_sheet(path, rows)
        rates_of: dict[str, list[float]] = {name: [] for name in WAYS}
        for _round in range(rounds):
            for name, way in WAYS.items():
                empty()
                if (rate := way(path, rows)) is not None:
                    rates_of[name].append(rate)
        print(f"\n{rows:,} rows, {connection.vendor}, medians of {rounds}")
        for name, rates in rates_of.items():
            if rates:
                print(f"  {name:24} {statistics.median(rates):10,.0f} rows/s")
        for name in ("floor", "straightforward", "django-import-export"):
            if rates_of[name]:
                pairs = zip(rates_of["ours"], rates_of[name], strict=True)
                report.ratio(f"import of {rows:,} rows, ours / {name}", [own / theirs for own, theirs in pairs])
        print(f"  peak memory of a process that imports it: {peak_memory(path):,.0f} MB")
        empty()


def peak_memory(path: Path) -> float:
    """Of a process of its own, so that nothing else counts (MB)."""
    code = f"from tests.benchmarks.bulk import ours_alone; ours_alone({str(path)!r})"
    empty()
    connections.close_all()
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DATABASE_URL": database_url("default")},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout.split()[-1])


def ours_alone(path: str) -> None:
    with open(path, "rb") as file:
        batch = batches.create(File(file, Path(path).name), wake=False)
    batches.work(batch.pk)
    batches.start(batch)
    batches.work(batch.pk)
    assert Batch.objects.get(pk=batch.pk).state == Batch.State.IMPORTED
    print(report.peak())


class Slow(BaseAdapter):
    """A platform that takes its time and always says yes; it counts what reached it and when."""

    def __init__(self):
        super().__init__()
        self.sent: list[tuple[float, str]] = []
        self.lock = threading.Lock()

    def send(self, request, **how):
        answer: dict = {"errcode": 0, "errmsg": "ok"}
        if "stable_token" in request.url:
            answer |= {"access_token": "T", "expires_in": 7200}
        else:
            with self.lock:
                self.sent.append((time.perf_counter(), json.loads(request.body)["out_product_id"]))
                number = len(self.sent)
            time.sleep(LATENCY)
            answer |= {"data": {"product_id": 2**53 + number, "skus": []}}
        response = requests.Response()
        response.status_code, response.raw = 200, io.BytesIO(json.dumps(answer).encode())
        response.url, response.request = request.url, request
        return response

    def close(self):
        pass


def make_products(count: int) -> None:
    empty()
    for model in (Job.steps.through, Call, Job, Step):
        model.objects.all()._raw_delete("default")
    Category.objects.get_or_create(third_cat_id=6040, defaults={"first_cat_id": 1, "second_cat_id": 2})
    image = Image.objects.get_or_create(link="https://mmecimage.cn/p/x/1")[0]
    spus = SPU.objects.bulk_create(
        SPU(out_product_id=f"p{nth}", title=f"法式碎花连衣裙 {nth}", category_id=6040, path="pages/p")
        for nth in range(count)
    )
    SKU.objects.bulk_create(SKU(spu=spu, out_sku_id="1", sale_price=1999, stock_num=1) for spu in spus)
    SPUPicture.objects.bulk_create(SPUPicture(spu=spu, image=image, kind="head_img") for spu in spus)


def submitted(count: int, threads: int) -> tuple[float, Slow]:
    """Products a second through jobs, claimed as workers claim them."""
    make_products(count)
    platform = Slow()
    client.mount(platform)
    job = jobs.start(submit_spu, SPU.objects.order_by("id"))

    def worker(_nth):
        try:
            jobs.work(job.pk)
        finally:
            connections.close_all()

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(worker, range(threads)))
    while job.steps.filter(state=Step.State.WANTED).exists():  # what rested for the pace
        time.sleep(0.02)
        jobs.work(job.pk)
    wall = time.perf_counter() - started
    client.mount(None)
    assert job.counts()["done"] == count, job.counts()
    assert sorted(name for _at, name in platform.sent) == sorted(f"p{nth}" for nth in range(count))
    return count / wall, platform


def bare(count: int, threads: int) -> float:
    """The calls alone: nothing read, kept or recorded."""
    platform = Slow()
    local = threading.local()

    def call(number):
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.mount("https://", platform)
        local.session.post("https://api.weixin.qq.com/shop/spu/add", json={"out_product_id": f"p{number}"})

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(call, range(count)))
    return count / (time.perf_counter() - started)


def compare_submits(count: int, rounds: int) -> None:
    settings.WECHAT_PACE = {"default": (10**7, 1, 10**6)}
    Pace.objects.all().delete()
    print(f"\n{count} products, {connection.vendor}, {LATENCY * 1000:.0f} ms a call, medians of {rounds}")
    loop = bare(60, 1)
    print(f"  {'a loop of bare calls':34} {loop:8.0f} /s")
    for threads in (1, 8, 16, 32):
        pairs = [(submitted(count, threads)[0], bare(count, threads)) for _round in range(rounds)]
        own = statistics.median(pair[0] for pair in pairs)
        print(f"  {f'ours, {threads} threads':34} {own:8.0f} /s, {own / loop:5.1f} × the loop")
        report.ratio(f"submit, {threads} threads / ideal", [pair[0] * LATENCY / threads for pair in pairs])
        report.ratio(f"submit, {threads} threads / bare calls", [pair[0] / pair[1] for pair in pairs])
    limit, window, burst = 200, 4, 20
    settings.WECHAT_PACE = {"default": (limit, window, burst)}
    Pace.objects.all().delete()
    rate, platform = submitted(count, 16)
    stamps = [at for at, _name in platform.sent]
    fullest = max(sum(1 for other in stamps if at <= other < at + window) for at in stamps)
    assert fullest <= limit, (fullest, limit)
    flow = (limit - burst) / window
    print(f"  under a pace of {limit} in {window} s: {rate:.0f} /s; fullest window {fullest} of {limit}")
    print(f"  {'wall ÷ (N ÷ even flow)':34} {(count / rate) / ((count - burst) / flow):8.2f}")
    print(f"  {'wall ÷ (N ÷ L)':34} {(count / rate) / (count / (limit / window)):8.2f}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    arguments.add_argument("--products", type=int, default=640)
    arguments.add_argument("--part", choices=["import", "submit"])
    options = arguments.parse_args()
    setup_test_environment(debug=False)
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(aliases=["default"], serialized_aliases=[])
    try:
        connection.settings_dict["CONN_MAX_AGE"] = 600  # as the settings have it outside of tests
        if options.part != "submit":
            compare_imports(options.rows, options.rounds)
        if options.part != "import":
            compare_submits(options.products, options.rounds)
    finally:
        runner.teardown_databases(databases)
