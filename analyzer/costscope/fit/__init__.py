"""Rates of machines from latencies of networks: a prior from all, then each machine's own.

In come rows (network, machine, latency) and networks as layers; out come rates, an error on
networks that were held out, and an interval. One fit is a *family*: machines of one kind with
one runtime, whose rates are drawn from one population. It knows no ONNX and prints nothing.
"""
