"""The hidden column in which PostgreSQL keeps the order in which rows were inserted.

SQLite numbers the rows of every table by itself. PostgreSQL does not, and answers rows that sort alike in any
order, another one for every page. So there every table of a collection has an identity column: the last term
of every order, and what `@rowid` means. It is no field, and nothing but ORDER BY names it.
"""

# SQLite's own word for it, which no field may be called.
ROW_COUNTER = "_rowid_"
