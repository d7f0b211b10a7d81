"""Who did what: an append-only, hash-chained log. Table: audit_entry. Sends and hears no events."""
