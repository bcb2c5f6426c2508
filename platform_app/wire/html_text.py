"""Texts as HTML, with the references that the reference writes: clients may see them as they are."""

_REFERENCES = str.maketrans({"&": "&amp;", "'": "&#39;", "<": "&lt;", ">": "&gt;", '"': "&#34;"})


def escaped(text: str) -> str:
    """
    >>> escaped('<a href="?x&y">it\\'s</a>')
    '&lt;a href=&#34;?x&amp;y&#34;&gt;it&#39;s&lt;/a&gt;'
    """
    return text.translate(_REFERENCES)
