-- Run once as the server's administrator; set both passwords afterwards with \password.
-- The owner migrates and dumps; the service may not drop the triggers that protect the ledger.
-- CREATEDB: deploy/postgresql/rehearse restores dumps into a database of its own.
CREATE ROLE service_owner LOGIN CREATEDB;
CREATE ROLE service LOGIN;
CREATE DATABASE service OWNER service_owner;
-- The lag of standbys in /status and in the alerts.
GRANT pg_monitor TO service;
