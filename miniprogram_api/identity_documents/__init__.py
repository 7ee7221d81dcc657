"""The local check of identity data: pure rules, without a database and without the network."""
