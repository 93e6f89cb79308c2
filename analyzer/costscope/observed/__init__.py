"""Times that people have measured already, read into one value.

Enters: a table of latencies, or what a benchmark tool or profiler wrote. Leaves: an
`Observation` for every latency, a `Profile` where the time of every layer is known. This
package may not know networks or machines: a model is the name that the file gives it.
"""
