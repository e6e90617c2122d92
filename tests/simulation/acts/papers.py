"""Brands and categories: their papers are handed in, a reviewer decides, and what WeChat has already is fetched."""

from io import BytesIO
from zlib import crc32

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from catalog.models import Category
from qualifications import operations
from qualifications.forms import keep_document
from qualifications.models import BrandQualification, BrandRound, CategoryQualification, CategoryRound, Document
from sandbox.endpoints import audit as reviewers
from sandbox.models import Account, Audit
from tests.factories import make_brand
from wechat.models import Step
from wechat.steps import recovery
from wechat.steps.pulls import listed, pulls

from ..seams import chance
from .registry import act

Kind = Document.Kind
SUBMITS = ("qualifications.submit_brand", "qualifications.submit_category")


def paper(world, kind: str) -> Document:
    """A paper of the shop, or a new one: its picture depends on the act alone."""
    known = Document.objects.filter(kind=kind).order_by("pk").first()
    if known and chance.random() < 0.6:
        return known
    buffer, number = BytesIO(), crc32(f"{world.seed}/{world.salt}/{kind}".encode())
    Picture.new("RGB", (24, 24), (number % 256, number // 256 % 256, number // 65536 % 256)).save(buffer, "PNG")
    file = SimpleUploadedFile(f"{kind}.png", buffer.getvalue(), "image/png")
    return keep_document(file, kind, f"{kind} {world.salt}")


def _word(row) -> str:
    return str(row)


@act(1.5, "staff hand in a brand's papers", "paper")
def submit_brand(world):
    brand = make_brand(
        brand_wording=f"茶里 {world.salt}",
        license=[paper(world, Kind.LICENCE)],
        trademark_registration_certificate=[paper(world, Kind.TRADEMARK)],
    )
    return f"{brand} {world.press(operations.submit_brand, brand, 'pat')}"


@act(1.5, "staff hand in a category's papers", "paper")
def submit_category(world):
    free = Category.objects.filter(qualification_type__in=(1, 2), granted=False, categoryqualification=None)
    category = world.pick(free, lambda row: row.third_cat_id)
    qualification = CategoryQualification.objects.create(category=category)
    qualification.license.set([paper(world, Kind.LICENCE)])
    qualification.certificate.set([paper(world, Kind.CERTIFICATE)])
    return f"{category.third_cat_id} {world.press(operations.submit_category, qualification, 'pat')}"


@act(1.5, "staff hand in papers once more", "paper")
def submit_papers_again(world):
    models = (BrandQualification, CategoryQualification)
    rows = [row for model in models for row in model.objects.select_related("last_round") if row.may_submit()]
    found = world.pick(rows, _word)
    found.license.set([paper(world, Kind.LICENCE)])
    is_brand = isinstance(found, BrandQualification)
    op = operations.submit_brand if is_brand else operations.submit_category
    return f"{found} {world.press(op, found, 'pat')}"


@act(4, "a reviewer decides on papers", "paper")
def review_papers(world):
    audit = world.pick(Audit.objects.filter(status=0), lambda row: row.title())
    approved = chance.random() < 0.6
    reviewers.decide(audit, approved, "" if approved else "营业执照不清晰")
    return f"{audit.title()} {'approved' if approved else 'rejected'}"


@act(1, "somebody asks for the result of a review", "paper")
def read_review(world):
    models = (BrandQualification, CategoryQualification)
    found = world.pick([row for model in models for row in model.objects.exclude(last_round=None)], _word)
    is_brand = isinstance(found, BrandQualification)
    op = operations.refresh_brand if is_brand else operations.refresh_category
    return f"{found} {world.press(op, found, 'pat')}"


@act(1, "papers are filed with the mini program, and fetched", "paper")
def pull_filed(world):
    reviewers.file_brand(Account.only(), f"茶里 {world.salt}")
    return world.press(pulls["filed_certificates"], listed("filed_certificates"), "pat")


@act(1, "somebody looks on WeChat's pages what became of papers", "paper")
def look_for_papers(world):
    steps = Step.objects.unknown().filter(operation__in=SUBMITS, next_attempt_at=None)
    step = world.pick(steps, lambda row: _word(row.record))
    with world.as_person("owner"):
        return f"{step.record} {say_of_papers(step)}"


def say_of_papers(step: Step) -> str:
    """A person says under which id WeChat has a submission whose answer was lost, or that it does not have it."""
    mine = step.record
    is_brand = isinstance(mine, BrandQualification)
    known = {*(BrandRound if is_brand else CategoryRound).objects.values_list("audit_id", flat=True)}
    for audit in Audit.objects.filter(kind=Audit.BRAND if is_brand else Audit.CATEGORY).order_by("-pk"):
        told = audit.request["brand_info"]["brand_wording"] if is_brand else audit.request["category_info"]["level3"]
        wanted = mine.brand_wording if is_brand else mine.category.third_cat_id
        if told == wanted and audit.audit_id not in known:
            recovery.resolve_as_done(step, audit.audit_id)
            return "is there"
    recovery.resolve_as_lost(step)
    return "is not there"
