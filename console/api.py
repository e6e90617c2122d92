"""Base classes of the API: records with their operations, and the jobs that operations answer with."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api_fields import IntegerField, ModelSerializer
from wechat.errors import meaning_of, rid_of
from wechat.models import Step
from wechat.steps.operations import Operation

from . import approvals, jobs
from .api_timeline import timeline_action
from .cautions import cautions_of
from .edits import trace_edit
from .links import number_of
from .masking import masked, shown
from .models import Job
from .words import retold


class ProblemSerializer(serializers.Serializer):
    detail = serializers.CharField()
    fields_ = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields


class StepSerializer(ModelSerializer):
    record = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField(help_text="Your own number of the record, such as its out_order_id.")
    message = serializers.SerializerMethodField(help_text="WeChat's errmsg where there is an errcode, else our words.")
    meaning = serializers.SerializerMethodField()
    rid = serializers.SerializerMethodField()

    class Meta:
        model = Step
        fields = ["id", "record", "number", "state", "errcode", "message", "meaning", "rid", "sent_at", "closed_at"]

    @extend_schema_field(str)
    def get_record(self, step: Step) -> str:
        return str(step.object_id)

    @extend_schema_field(str)
    def get_message(self, step: Step) -> str:
        return step.message if step.errcode else retold(step.message)

    @extend_schema_field(str)
    def get_number(self, step: Step) -> str:
        return number_of(step.record)

    @extend_schema_field(str)
    def get_meaning(self, step: Step) -> str:
        return str(meaning_of(step.errcode).text) if step.errcode else ""

    @extend_schema_field(str)
    def get_rid(self, step: Step) -> str:
        return rid_of(step.message)


class JobSerializer(ModelSerializer):
    state = serializers.ChoiceField(choices=Job.State.choices, read_only=True)
    counts = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = ["id", "operation", "state", "counts", "created_at", "finished_at", "steps"]

    @extend_schema_field(serializers.DictField(child=IntegerField()))
    def get_counts(self, job: Job) -> dict:
        return job.counts()

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, job: Job) -> Any:
        """The first hundred steps; the admin's page has all of them."""
        return StepSerializer(job.steps.order_by("id").prefetch_related("record")[:100], many=True).data


class StartedJobSerializer(JobSerializer):
    """The job that an operation on one record has started."""

    cautions = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What a person would be told before."
    )

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "cautions"]


class JobViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A job: its progress, and the outcome of each of its steps."""

    queryset = Job.objects.all()
    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet:
        return Job.objects.seen_by(self.request.user)


class ConfirmSerializer(serializers.Serializer):
    confirm = serializers.BooleanField(
        default=False, help_text="Do it although the console would ask a person first: 409 says what about."
    )


class OperationViewSet(viewsets.GenericViewSet):
    """Base of viewsets whose records have operations; see `operation_action`."""


class SingleViewSet(OperationViewSet):
    """A model with exactly one record, so neither it nor its operations need an id."""

    pagination_class = None
    filter_backends: list = []

    def get_object(self) -> Any:
        model: Any = self.get_queryset().model
        return model.load()

    timeline = timeline_action(detail=False)


def runs(op: Operation) -> Callable[[Any], Any]:
    """Marks an endpoint that runs an operation by itself: its permission is the operation's."""

    def mark(endpoint: Any) -> Any:
        endpoint.operation = op
        return endpoint

    return mark


def job_response(op: Operation, records: Iterable[models.Model], **more: Any) -> Response:
    """202 with the job that carries out an operation, which may have finished already."""
    return Response({**JobSerializer(jobs.run(op, records)).data, **more}, status=202)


def operation_action(
    op: Operation, detail: bool = True, body: type[serializers.BaseSerializer] | None = None
) -> Callable[..., Response]:
    """An endpoint `POST …/{id}/<operation>/`: 202 with the job, which may have finished already.

    For a model with exactly one record, `detail=False` leaves out the id. `body` is a serializer of the record: where
    the state allows the operation, the request's body is validated and saved on the record before the operation runs.
    """

    def run(self: viewsets.GenericViewSet, request: Request, **named: Any) -> Response:
        record = self.get_object()
        if body:
            op.refuse_unless_possible(record)
            serializer = body(record, data=request.data, context=self.get_serializer_context())
            serializer.is_valid(raise_exception=True)
            before = {name: _value(record, name) for name in serializer.validated_data}
            record = serializer.save()
            changes = {
                name: [shown(name, old), shown(name, new)]
                for name, old in before.items()
                if (new := _value(record, name)) != old
            }
            if changes:
                trace_edit(record, changes)
        op.refuse_unless_allowed(record)
        op.refuse_unless_confirmed(record, _is_confirmed(op, request))
        op.ask_second(record, request.user)
        approvals.refuse_many(op, [record.pk], request.user)
        return job_response(op, [record], cautions=cautions_of([record]).get(record.pk, []))

    run.__name__, run.__doc__ = op.name, op.__doc__
    problem = OpenApiResponse(ProblemSerializer)
    # `action` sets the schema anew, so what is said of it comes after.
    endpoint: Any = extend_schema(
        request=body or (ConfirmSerializer if op.asks else None),
        summary=op.name.replace("_", " ").capitalize(),
        responses={202: StartedJobSerializer, 400: problem, 409: problem},
    )(action(detail=detail, methods=["post"], url_path=op.name)(run))
    endpoint.operation = op  # its permission is looked up there
    return endpoint


def _value(record: models.Model, name: str) -> Any:
    """A field's value for the trace of a change; of a relation the names, of an address the masked parts."""
    value = getattr(record, name)
    if isinstance(value, models.Manager):
        return ", ".join(str(one) for one in value.all())
    return masked(value) if isinstance(value, dict) else value


def _is_confirmed(op: Operation, request: Request) -> bool:
    if not op.asks:
        return False
    asked = ConfirmSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.validated_data["confirm"]
