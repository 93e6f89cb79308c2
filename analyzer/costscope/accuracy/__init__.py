"""How far predictions are from the truth: networks measured here beside what a profile says.

Networks and a calibrated machine enter, an `Accuracy` leaves: each network measured,
predicted and measured again, and from those the figures, the noise floor and two baselines.
Nothing here fits anything: a number that a reader sees was made before its network ran.
"""
