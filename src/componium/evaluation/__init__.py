"""Evaluation of methods: likelihood, and generated music against real music."""
