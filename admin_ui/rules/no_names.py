"""The places of a rule in which nothing is a name."""

# Quoted texts and comments, as a part of a regular expression with DOTALL. A text that is not closed goes to
# the end, or every quote in it would be looked at to the end again.
TEXT_OR_COMMENT = r"""'(?:[^'\\]|\\.)*(?:'|\\?\Z)|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|//[^\n]*"""
