"""Messages, and names for those who write them. Everybody may join; who has joined reads everything."""

from django.db import migrations

from collections_app.catalog import named_collection
from collections_app.definitions.draft import edit_collection, new_collection
from collections_app.definitions.saving import delete_collection

MEMBERS = "@request.auth.collectionName = 'users'"


def create(apps, schema_editor):
    users = edit_collection("users")
    users.view_rule = MEMBERS  # members see each other's names; addresses stay hidden
    users.fields.change("name", required=True, max=40)
    users = users.save()
    new_collection(
        "messages",
        "base",
        {
            "listRule": MEMBERS,
            "viewRule": MEMBERS,
            "createRule": f"{MEMBERS} && author = @request.auth.id",
            "deleteRule": "author = @request.auth.id",
            "fields": [
                {"type": "text", "name": "text", "required": True, "max": 2000},
                {
                    "type": "relation",
                    "name": "author",
                    "collectionId": users.id,
                    "maxSelect": 1,
                    "required": True,
                    "cascadeDelete": True,
                },
                {"type": "autodate", "name": "created", "onCreate": True},
            ],
            "indexes": ["CREATE INDEX idx_messages_created ON messages (created)"],
        },
    ).save()


def delete(apps, schema_editor):
    delete_collection(named_collection("messages"))
    users = edit_collection("users")
    users.view_rule = "id = @request.auth.id"
    users.fields.change("name", required=False, max=255)
    users.save()


class Migration(migrations.Migration):
    dependencies = [("auth_app", "0003_told_name"), ("collections_app", "0007_postgresql_odd_json")]

    operations = [migrations.RunPython(create, delete)]
