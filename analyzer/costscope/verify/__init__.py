"""The zoo held against print: what each variant counts, and what was published of it.

Enters: a name in the zoo. Leaves: a verdict for each published figure, with the convention it
was counted in. The counts are those of any other file: the network is built and analysed.
"""
