"""Analysis of scores: lines, histograms, keys, meters and cadences."""
