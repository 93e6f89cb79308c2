"""Layers by family: what `Net` can emit."""
