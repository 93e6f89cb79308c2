"""The machine under the desk as a hardware profile: designed networks, run and fitted.

Networks of random but realistic kernels are built, measured kernel by kernel, and each
class of kernels gets the non-negative seconds per unit of work that explain it best.
"""
