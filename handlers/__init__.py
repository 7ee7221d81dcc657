"""Doors: parse what comes in, call one function below, render the result.

May import faq and miniprogram_api, never models.
"""
