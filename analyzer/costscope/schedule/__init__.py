"""In what order kernels run, and what memory they hold meanwhile.

Enters: kernels and a runtime's habits. Leaves: a `Schedule` with its peak. This package may
not know machines or time.
"""
