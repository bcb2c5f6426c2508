"""PostgreSQL as Joey uses it: Django's engine without database-level foreign keys (as on SQLite)."""

from django.db.backends.postgresql import base, features


class DatabaseFeatures(features.DatabaseFeatures):
    supports_foreign_keys = False


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
