"""Tests of the yearly evidence."""
