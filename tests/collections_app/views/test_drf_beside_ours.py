"""DRF is used as it is, so that people can add its own views beside ours."""

import json

from django.test import RequestFactory
from rest_framework import compat, serializers
from rest_framework.response import Response
from rest_framework.views import APIView


class Order(serializers.Serializer):
    amount = serializers.IntegerField(min_value=1)
    tags = serializers.ListField(child=serializers.CharField())


class Orders(APIView):
    def post(self, request):
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data, status=201)


def test_a_view_of_drf_works_with_its_own_serializers():
    body = json.dumps({"amount": 2, "tags": ["a"]})
    response = Orders.as_view()(RequestFactory().post("/orders", body, content_type="application/json"))
    assert (response.status_code, response.render().content) == (201, b'{"amount":2,"tags":["a"]}')


def test_drf_finds_the_fields_of_postgresql():
    # It maps them to serializer fields only when it could import them.
    assert compat.postgres_fields is not None
