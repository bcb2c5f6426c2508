"""What can go wrong with drop-in files; imported by `manage.py` before Django is set up."""


class BrokenDropIn(Exception):
    """A file of the hooks folder could not be loaded; the message names it, with the line, in one line."""
