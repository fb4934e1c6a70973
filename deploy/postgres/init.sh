#!/bin/sh
# The first start of an empty PostgreSQL: the owner's login and the database. What the application may do, `migrate` grants.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set password `cat /run/secrets/owner_password`
CREATE ROLE holdfast_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE holdfast OWNER holdfast_owner;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
SQL
