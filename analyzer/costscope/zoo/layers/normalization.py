"""Normalisations that stand as nodes of their own."""

from __future__ import annotations

from costscope.zoo.emitter import Emitter, Value


class Normalizations(Emitter):
    """Batch, layer and group norm."""

    def batch_norm(self, x: Value, name: str = "bn", epsilon: float = 1e-5) -> Value:
        """Batch norm in inference, kept in both forms: 4 weights a channel, two of them learned.

        A batch norm behind a convolution is asked for with `conv(..., bn=True)`, which folds
        it in the deploy form.
        """
        kinds = {"scale": "scale", "bias": "bias", "mean": "mean", "variance": "variance"}
        inputs = [
            self.weight(f"{name}.{key}", [x.channels], like=like) for key, like in kinds.items()
        ]
        return self.emit("BatchNormalization", [x, *inputs], name, x.shape, epsilon=epsilon)

    def layer_norm(
        self, x: Value, name: str = "norm", epsilon: float = 1e-6, axis: int = -1
    ) -> Value:
        """Layer norm over the axes from `axis` on."""
        size = x.shape[axis % len(x.shape) :]
        inputs = [
            self.weight(f"{name}.scale", size, like="scale"),
            self.weight(f"{name}.bias", size, like="bias"),
        ]
        return self.emit(
            "LayerNormalization", [x, *inputs], name, x.shape, axis=axis, epsilon=epsilon
        )
