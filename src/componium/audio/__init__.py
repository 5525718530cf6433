"""Sound as samples: files, resampling, synthesizer, reverberation, loudness."""
