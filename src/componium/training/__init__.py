"""Training loops for torch modules; only this package and `nn` import torch."""
