"""Sheet music for every written format: measures, note values, beams, spelling."""
