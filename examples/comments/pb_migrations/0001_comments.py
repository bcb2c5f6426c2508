"""Comments, those who moderate them, and how many a guest may write in a minute."""

from django.db import migrations

from collections_app.catalog import named_collection
from collections_app.definitions.draft import new_collection
from collections_app.definitions.saving import delete_collection
from system_app.settings.saving import change_settings

FOR_MODERATORS = "@request.auth.collectionName = 'moderators'"


def create(apps, schema_editor):
    moderators = new_collection(
        "moderators",
        "auth",
        {
            "listRule": FOR_MODERATORS,
            "viewRule": FOR_MODERATORS,
            "createRule": None,  # superusers make them
            "updateRule": "id = @request.auth.id",
            "deleteRule": None,
        },
    ).save()
    new_collection(
        "comments",
        "base",
        {
            "listRule": f"status = 'approved' || {FOR_MODERATORS}",
            "viewRule": f"status = 'approved' || {FOR_MODERATORS}",
            "createRule": "",
            "updateRule": FOR_MODERATORS,
            "deleteRule": FOR_MODERATORS,
            "fields": [
                {"type": "text", "name": "page", "required": True, "max": 200, "pattern": "^/"},
                {"type": "text", "name": "name", "required": True, "max": 80},
                # Hidden is more than left out: nobody can filter or sort by it, either.
                {"type": "email", "name": "email", "hidden": True},
                {"type": "text", "name": "text", "required": True, "max": 2000},
                {"type": "select", "name": "status", "values": ["pending", "approved", "rejected"]},
                {"type": "relation", "name": "moderated_by", "collectionId": moderators.id, "maxSelect": 1},
                {"type": "autodate", "name": "created", "onCreate": True},
                {"type": "autodate", "name": "updated", "onCreate": True, "onUpdate": True},
            ],
            "indexes": ["CREATE INDEX idx_comments_page ON comments (page, status, created)"],
        },
    ).save()
    few = {"label": "comments:create", "audience": "@guest", "duration": 60, "maxRequests": 5}
    change_settings({"rateLimits": {"enabled": True, "rules": [few]}})


def delete(apps, schema_editor):
    change_settings({"rateLimits": {"enabled": False}})
    delete_collection(named_collection("comments"))
    delete_collection(named_collection("moderators"))


class Migration(migrations.Migration):
    dependencies = [("auth_app", "0003_told_name"), ("collections_app", "0007_postgresql_odd_json")]

    operations = [migrations.RunPython(create, delete)]
