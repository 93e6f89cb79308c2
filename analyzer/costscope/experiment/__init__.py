"""ShuffleNet-v2's four guidelines, put to the test on this machine.

The name of a guideline enters; an `Experiment` leaves: the paper's speeds, measured and
predicted latencies of the same networks side by side, and how well their orders agree. The
paper's figures stand in `published.yaml`, each guideline's block in a file of `designs`.
Measuring and predicting are handed in: nothing here runs a model itself but `live`.
"""
