"""Types of arrays that many rooms pass on."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

type_ids: TypeAlias = NDArray[np.int64]  # token ids, (T,)
type_mask: TypeAlias = NDArray[np.bool_]  # which of some things are allowed
type_weights: TypeAlias = dict[str, NDArray[Any]]  # arrays by name
