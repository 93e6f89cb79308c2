"""Networks side by side: what changed between two of them, and what that costs.

Kernels are matched (`match`), their differences laid to blocks (`attribute`), and both become
one frozen value (`types.Comparison`), which `report`, `json_view` and `plot` show.
"""
