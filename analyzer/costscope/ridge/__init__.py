"""Networks under a roofline whose ridge point moves: Eq. 1 of MobileNetV4 (arXiv 2404.10518).

Kernels enter as whole numbers of MACs and bytes, and everything is kept as fractions: times,
shares and the ridge points where two networks cross are exact.
"""
