from .payment import PaymentParamsSerializer, PaymentReportSerializer
from .placing import DecisionRequestSerializer, DecisionSerializer, PlacedAnswerSerializer, PlacedOrderSerializer
from .shown import ExpressCompanySerializer, OrderSerializer, ShipmentSerializer

__all__ = [
    "DecisionRequestSerializer",
    "DecisionSerializer",
    "ExpressCompanySerializer",
    "OrderSerializer",
    "PaymentParamsSerializer",
    "PaymentReportSerializer",
    "PlacedAnswerSerializer",
    "PlacedOrderSerializer",
    "ShipmentSerializer",
]
