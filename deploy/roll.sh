#!/bin/sh
# Replaces the running processes by those of the present image, one after the other; each must be ready before the next goes.
# A process that is told to stop finishes what is in hand and puts the rest back, and its twin works on meanwhile.
#   sh deploy/roll.sh          after `docker compose … build` and, if the schema changed, `run --rm migrate` (deploy/DEPLOY.md)
set -eu
cd "$(dirname "$0")"
ask="import urllib.request as r; r.urlopen('http://127.0.0.1:9090/readyz', timeout=4)"
for service in worker-1 worker-2 bot-1 bot-2; do
    docker compose --profile production up --detach --no-deps --wait --wait-timeout 180 "$service"
    tries=0
    until docker compose --profile production exec -T "$service" python -c "$ask" 2> /dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -ge 60 ]; then
            echo "$service is up but not ready: the others were left alone" >&2
            exit 1
        fi
        sleep 2
    done
done
