"""What the marketplace is: its words, rules, rows and actions.

One module per noun, in rungs; each imports only from rungs before its own (pyproject.toml holds the ladder, the linter
keeps it). A module reads in this order: the law, the statuses, the flow, the rows, the rules, the actions, the queries.
"""
