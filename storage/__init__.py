"""The database: engines and transactions, the gate, the guards, the roles, the migrations, the dialogs' state.

The tables themselves are declared in `domain/`, each in its noun's module.
"""
