"""Test persons and their steps by rule or HTTP: register, verify, activate, chat."""
