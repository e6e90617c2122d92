"""The API of access, scenes, promoters and sharers."""

from datetime import date
from typing import Any

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from console.api import OperationViewSet, ProblemSerializer, SingleViewSet, job_response, operation_action
from console.api_timeline import timeline_action
from console.edits import trace_edit
from console.etags import VersionedMixin
from console.paging import NewestFirst

from . import operations
from .board import ticks
from .board.rows import Board
from .evening_views import NEEDS as EVENING_NEEDS
from .evening_views import EveningMixin
from .live_days import goods
from .live_days.findings import looks
from .models import Access, LiveDay, Promoter, SceneGroup, Sharer
from .people import invitations, sales
from .serializers import (
    AccessSerializer,
    FindingSerializer,
    InvitationsSerializer,
    InvitingSerializer,
    LeftOutSerializer,
    LiveDaySerializer,
    PromoterSerializer,
    ReleaseSerializer,
    SalesLineSerializer,
    SalesQuerySerializer,
    SceneCheckRequestSerializer,
    SceneCheckSerializer,
    SceneGroupSerializer,
    SharerSerializer,
    TickSerializer,
)

PROBLEM = OpenApiResponse(ProblemSerializer)


class AccessViewSet(SingleViewSet):
    """The access to the component."""

    queryset = Access.objects.all()
    serializer_class = AccessSerializer
    needs = {"tick": "scenes.tick_step", "untick": "scenes.tick_step", "release": "scenes.confirm_released"}

    @extend_schema(responses=forced_singular_serializer(AccessSerializer))
    def list(self, request: Request) -> Response:
        """The 17 steps, from the database; `refresh_access` and the schedule read them from WeChat."""
        return self._board()

    apply_access = operation_action(operations.apply_access, detail=False)
    refresh_access = operation_action(operations.refresh_access, detail=False)
    finish_products = operation_action(operations.finish_products, detail=False)
    finish_orders = operation_action(operations.finish_orders, detail=False)
    finish_delivery = operation_action(operations.finish_delivery, detail=False)
    finish_aftersales = operation_action(operations.finish_aftersales, detail=False)
    confirm_tested = operation_action(operations.confirm_tested, detail=False)
    confirm_released = operation_action(operations.confirm_released, detail=False)

    @extend_schema(request=TickSerializer, responses={200: AccessSerializer, 409: PROBLEM})
    @action(detail=False, methods=["post"])
    def tick(self, request: Request) -> Response:
        """Tick a step that no endpoint shows (2, 3, 12) as done; 409 while it is not `ready`."""
        ticks.tick(self._ticked(request), request.user)
        return self._board()

    @extend_schema(request=TickSerializer, responses={200: AccessSerializer, 409: PROBLEM})
    @action(detail=False, methods=["post"])
    def untick(self, request: Request) -> Response:
        """Remove the tick of a step."""
        ticks.untick(self._ticked(request))
        return self._board()

    @staticmethod
    def _ticked(request: Request) -> int:
        serializer = TickSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data["number"]

    @extend_schema(request=ReleaseSerializer, responses={200: AccessSerializer})
    @action(detail=False, methods=["post"])
    def release(self, request: Request) -> Response:
        """Store when the mini program was released; it has to be later than the access."""
        serializer = ReleaseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        ticks.write_release(serializer.validated_data["released_at"])
        return self._board()

    def _board(self) -> Response:
        return Response(AccessSerializer(Board(Access.load())).data)


class SceneGroupViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Groups of scenes to sell in; status 1 means “reviewed”, which does not mean `passed`."""

    queryset = SceneGroup.objects.prefetch_related("items").order_by("group_id")
    serializer_class = SceneGroupSerializer
    lookup_field, lookup_value_converter = "group_id", "int"
    apply_scene = operation_action(operations.apply_scene)
    refresh_scene = operation_action(operations.refresh_scene)
    timeline = timeline_action()


class SceneCheckViewSet(viewsets.GenericViewSet):
    """Whether orders from an entry scene have to be placed at WeChat first."""

    queryset = SceneGroup.objects.none()
    serializer_class = SceneCheckSerializer
    needs = {"create": "scenes.check_scene"}

    @extend_schema(
        request=SceneCheckRequestSerializer, responses={200: SceneCheckSerializer, 422: PROBLEM, 503: PROBLEM}
    )
    def create(self, request: Request) -> Response:
        """The answer is cached for SCENE_CHECK_HOURS, so it may be requested as often as needed."""
        serializer = SceneCheckRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(SceneCheckSerializer(operations.checked(serializer.validated_data["scene"])).data)


class PromoterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """People who sell from their own Channels account; they bind themselves on WeChat's pages."""

    queryset = Promoter.objects.order_by("-id")
    serializer_class = PromoterSerializer
    pagination_class = NewestFirst
    filterset_fields = ["gone", "promoter_id"]
    pull_promoter_sales = operation_action(operations.pull_promoter_sales)
    timeline = timeline_action()


class SharerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """People who share live rooms, or were invited to."""

    queryset = Sharer.objects.order_by("-id")
    serializer_class = SharerSerializer
    pagination_class = NewestFirst
    lookup_field, lookup_value_regex, lookup_value_converter = "openid", "[^/]+", "str"
    filterset_fields = ["bind_status"]
    needs = {"invite": "scenes.invite_sharer", "sales": "scenes.view_sales"}

    unbind_sharer = operation_action(operations.unbind_sharer)
    refresh_sharer = operation_action(operations.refresh_sharer)
    pull_sharer_sales = operation_action(operations.pull_sharer_sales)
    timeline = timeline_action()

    @extend_schema(request=InvitationsSerializer, responses={202: InvitingSerializer, 409: LeftOutSerializer})
    @action(detail=False, methods=["post"])
    def invite(self, request: Request) -> Response:
        """Invite up to 10,000 people. Those WeChat's rules forbid are left out, with reasons; 409 if all are."""
        serializer = InvitationsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        people = serializer.validated_data["sharers"]
        rows = invitations.checked((person["openid"], person["name"]) for person in people)
        sharers = invitations.keep(rows)
        faults = [{"openid": row.openid, "fault": row.fault} for row in rows if row.fault]
        if not sharers:
            reasons = dict.fromkeys(row.fault for row in rows)
            return Response({"detail": " ".join(reasons), "faults": faults}, 409)
        return job_response(operations.invite_sharer, sharers, left_out=faults)

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", enum=["promoters", "sharers", "rooms"]),
            OpenApiParameter("first", date, required=True),
            OpenApiParameter("last", date, required=True),
        ],
        responses=SalesLineSerializer(many=True),
        filters=False,
    )
    @action(detail=False, pagination_class=None, filter_backends=[])
    def sales(self, request: Request) -> Response:
        """The leaderboard of a span of days, highest sales first."""
        serializer = SalesQuerySerializer(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        lines, context = sales.lines(**serializer.validated_data), {**serializer.validated_data, "request": request}
        return Response(SalesLineSerializer(lines, many=True, context=context).data)


class LiveDayViewSet(EveningMixin, mixins.CreateModelMixin, mixins.ListModelMixin, VersionedMixin, OperationViewSet):
    """Days of selling live, with their products."""

    queryset = LiveDay.objects.prefetch_related("products").order_by("-date", "-id")
    serializer_class = LiveDaySerializer
    filterset_fields = ["date"]
    needs = {"findings": "scenes.view_liveday", **EVENING_NEEDS}
    timeline = timeline_action()

    def perform_create(self, serializer: BaseSerializer) -> None:
        self._save(serializer, None)

    def perform_update(self, serializer: BaseSerializer) -> None:
        self._save(serializer, LiveDaySerializer(serializer.instance).data)

    @staticmethod
    def _save(serializer: BaseSerializer, before: dict[str, Any] | None) -> None:
        """Save the day, traced."""
        day = serializer.save()
        if not day.ended_at:
            goods.fill(day)
        now = LiveDaySerializer(day).data
        was = before or dict.fromkeys(now, "")
        changes = {name: [str(was[name]), str(value)] for name, value in now.items() if was[name] != value}
        if changes:
            trace_edit(day, changes)

    @extend_schema(responses=FindingSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def findings(self, request: Request, pk: str | None = None) -> Response:
        """What prevents each product from being sold on that day, from the database."""
        return Response(FindingSerializer(looks(self.get_object()), many=True).data)
