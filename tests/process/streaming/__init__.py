"""Somebody's own app: receivers of the hooks of realtime, and routes that tell who is there."""
