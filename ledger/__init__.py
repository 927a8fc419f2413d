"""The books: all that touches SQLite, files or the clock. `ledger.store` holds the record."""
