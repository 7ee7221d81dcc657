"""Tests of the register of incidents."""
