"""The choice of what comes next, in musical values: controls, sampling, constraints."""
