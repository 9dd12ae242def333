#!/bin/sh
# Tables, an administrator, roles; what is there stays.
set -eu
superset db upgrade
superset fab create-admin --username "$SUPERSET_ADMIN_USER" --firstname Clickpath --lastname Administrator \
  --email admin@example.org --password "$SUPERSET_ADMIN_PASSWORD"
superset init
