"""LABEL: the Django app label that the migrations of collections go by."""

LABEL = "pb_migrations"
