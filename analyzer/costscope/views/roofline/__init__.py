"""What a roofline picture shows, where its labels go, and how its marks look.

Deployments enter, plain values leave; only `roofline.plot` draws.
"""
