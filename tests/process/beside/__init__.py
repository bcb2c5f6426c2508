"""Somebody's own app: lanes, routes, and what runs beside requests."""
