"""Posts, the accounts of those who write them, and one post to begin with."""

from django.db import migrations

from collections_app.catalog import named_collection
from collections_app.definitions.draft import edit_collection, new_collection
from collections_app.definitions.saving import delete_collection
from collections_app.fetching import new_record
from collections_app.records.writing.saving import save_record

BY_ITS_AUTHOR = "author = @request.auth.id && author != ''"


def create(apps, schema_editor):
    users = edit_collection("users")
    users.view_rule = ""  # readers see who wrote; addresses stay hidden
    users.create_rule = None  # `manage.py writer` makes accounts
    users = users.save()
    new_collection(
        "posts",
        "base",
        {
            "listRule": f"published = true || {BY_ITS_AUTHOR}",
            "viewRule": f"published = true || {BY_ITS_AUTHOR}",
            "createRule": "@request.auth.collectionName = 'users' && author = @request.auth.id",
            "updateRule": f"{BY_ITS_AUTHOR} && @request.body.author:changed = false",
            "deleteRule": BY_ITS_AUTHOR,
            "fields": [
                {"type": "text", "name": "title", "required": True, "max": 200},
                {"type": "text", "name": "text", "required": True, "max": 100_000},
                {
                    "type": "file",
                    "name": "picture",
                    "mimeTypes": ["image/jpeg", "image/png", "image/webp"],
                    "maxSize": 10 * 1024 * 1024,
                    "thumbs": ["1280x0"],
                },
                {"type": "text", "name": "picture_shows", "max": 300},
                {"type": "bool", "name": "published"},
                {"type": "relation", "name": "author", "collectionId": users.id, "maxSelect": 1},
                {"type": "autodate", "name": "created", "onCreate": True},
                {"type": "autodate", "name": "updated", "onCreate": True, "onUpdate": True},
            ],
            "indexes": ["CREATE INDEX idx_posts_published ON posts (published, created)"],
        },
    ).save()
    text = "This post comes from pb_migrations/0001_blog.py.\n\nAn empty line begins a new paragraph."
    save_record(new_record("posts", {"title": "Hello, world", "text": text, "published": True}))


def delete(apps, schema_editor):
    delete_collection(named_collection("posts"))
    users = edit_collection("users")
    users.view_rule = "id = @request.auth.id"
    users.create_rule = ""
    users.save()


class Migration(migrations.Migration):
    dependencies = [("auth_app", "0003_told_name"), ("collections_app", "0007_postgresql_odd_json")]

    operations = [migrations.RunPython(create, delete)]
