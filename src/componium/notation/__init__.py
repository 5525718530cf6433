"""Sheet music as every written format needs it: measures, voices, note values, beams, spelling."""
