"""Methods and generated music compared, with each other and with real music."""
