"""The gate of a CI job: budgets in, a verdict for every one of them out.

Models, budgets and a baseline enter; a `Check` leaves, which every report reads. A budget that
cannot be decided is undecided, never passed. Knows nothing of how an analysis is made.
"""
