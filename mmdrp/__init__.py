"""mmdrp: multimodal prediction of cancer drug response, and what drives it."""

__version__ = "0.1.0"
