"""Batch mode: calls handed to a vendor together, answered within a day at half the price.

The record is the same as of single calls: each call is booked in the ledger before it is handed in and settled by its
answer, and its cell stays leased meanwhile. A batch that is under way needs nobody: whoever looks at it next, in
whatever process, finds everything in the database.
"""
