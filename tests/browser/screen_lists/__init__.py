"""The screens of each part of the dashboard."""
