"""The wizards. Each collects input, and its last step calls one action; an order in the making is a draft row, and only its
number is in the dialog's state, which is JSON in the database.
"""
