"""Verify, decrypt, parse and store WeChat's pushes; the worker answers."""
