"""Somebody's own app: a test that asks for it gets a stream that soon ends because nothing happens on it."""
