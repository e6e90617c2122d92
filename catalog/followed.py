from console.feed.kinds import Part, follow

from .models import SKU, SPU, Difference, EditStatus, SPUPicture, SPURound, Status

follow(
    "product",
    SPU,
    number="id",
    state="status",
    names={Status.LISTED: "listed", Status.DELISTED: "delisted", Status.VIOLATION: "taken_off_sale"},
    quiet=["read_at", "changed_at"],
    parts=[
        Part(SKU, "spu_id"),
        Part(SPUPicture, "spu_id"),
        Part(
            SPURound,
            "spu_id",
            state="status",
            names={EditStatus.APPROVED: "review_approved", EditStatus.REJECTED: "review_rejected"},
        ),
    ],
)
follow("product_difference", Difference, created="found")
