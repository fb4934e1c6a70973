"""How fast it is, in ratios: everything side by side in one run, in turns, with the spread. `make bench`, or
`python -m tests.bench --quick` to see that it runs, `--only PART` for a part.

Nothing here asserts a time. Each part begins with a world made in bulk (`world`), with the rows the actions would have made, and
ends with a full check of the books. What is compared with: PostgreSQL's own pgbench sending the very SQL that one act sends,
recorded from the driver (`floor`), and Python's bare sqlite3 module.
"""
