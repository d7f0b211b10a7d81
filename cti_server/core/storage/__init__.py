"""The door to PostgreSQL and to the local disk behind it.

`database.Database` is the pool that everybody uses, `dedicated.Dedicated` a connection of one's own with prepared
statements, `migrate` brings the tables up to date, `segments` and `position` are the two halves of the journal
(files on local disk, and how far they have been written to PostgreSQL). Table: journal_position.
"""
