#!/bin/sh
# Replaces the running processes by those of the present image, one after the other; each must be healthy before the next goes.
# A process that is told to stop finishes what is in hand and puts the rest back, and its twin works on meanwhile.
#   sh deploy/roll.sh          after `docker compose … build` and, if the schema changed, `run --rm migrate` (deploy/DEPLOY.md)
set -eu
cd "$(dirname "$0")"
for service in worker-1 worker-2 bot-1 bot-2; do
    docker compose --profile production up --detach --no-deps --wait --wait-timeout 180 "$service"
done
