"""Orders, the servers that hear of them, and what each of these is told. Only superusers see them."""

from django.db import migrations

from collections_app.catalog import named_collection
from collections_app.definitions.draft import new_collection
from collections_app.definitions.saving import delete_collection

CREATED = {"type": "autodate", "name": "created", "onCreate": True}


def create(apps, schema_editor):
    new_collection(
        "orders",
        "base",
        {
            "createRule": "",  # everybody may order, and nobody sees what others did
            "fields": [
                {"type": "text", "name": "product", "required": True},
                {"type": "number", "name": "amount", "min": 1, "onlyInt": True},
                CREATED,
            ],
        },
    ).save()
    endpoints = new_collection(
        "webhook_endpoints",
        "base",
        {
            "fields": [
                {"type": "url", "name": "url", "required": True},
                # 24 bytes in base64, as standardwebhooks.com has it.
                {
                    "type": "text",
                    "name": "secret",
                    "required": True,
                    "autogeneratePattern": "[A-Za-z0-9]{32}",
                },
                {"type": "bool", "name": "paused"},
                CREATED,
            ]
        },
    ).save()
    new_collection(
        "webhook_deliveries",
        "base",
        {
            "fields": [
                {
                    "type": "relation",
                    "name": "endpoint",
                    "collectionId": endpoints.id,
                    "maxSelect": 1,
                    "required": True,
                    "cascadeDelete": True,
                },
                {"type": "json", "name": "message", "required": True},
                {"type": "select", "name": "status", "values": ["waiting", "delivered", "failed"]},
                {"type": "number", "name": "attempts", "onlyInt": True},
                {"type": "date", "name": "due"},
                {"type": "text", "name": "answer"},
                CREATED,
            ],
            "indexes": ["CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (status, due)"],
        },
    ).save()


def delete(apps, schema_editor):
    for name in ("webhook_deliveries", "webhook_endpoints", "orders"):
        delete_collection(named_collection(name))


class Migration(migrations.Migration):
    dependencies = [("auth_app", "0003_told_name"), ("collections_app", "0007_postgresql_odd_json")]

    operations = [migrations.RunPython(create, delete)]
