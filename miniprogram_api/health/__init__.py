"""The state of the service and its parts, for operators: ready, alive, figures."""
