#!/bin/sh
# Makes the secrets of a new house: random passwords, and what follows from them. Overwrites nothing.
#   sh deploy/secrets.sh bot.example.com < token           the bot's token comes on standard input, from @BotFather
#   sh deploy/secrets.sh bot.example.com FOLDER < token    elsewhere than deploy/secrets
# The folder is closed to others; the files in it are not, since each container reads them as its own user.
set -eu
domain=${1:?the domain under which Telegram reaches the bot}
folder=${2:-$(dirname "$0")/secrets}
umask 022
mkdir -p "$folder"
chmod 700 "$folder"
if [ -n "$(ls -A "$folder")" ]; then
    echo "$folder is not empty: nothing was made" >&2
    exit 1
fi

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
write() { cat > "$folder/$1"; }

app=$(random)
owner=$(random)
tr -d ' \n' | write holdfast_bot_token
printf '' | write holdfast_courier_tokens    # tokens of other bots that only publish, with commas between: see DEPLOY.md
random | write holdfast_webhook_secret
random | write postgres_password
random | write grafana_password
printf %s "$owner" | write owner_password
printf 'https://%s/telegram/%s' "$domain" "$(random)" | write holdfast_webhook_url
printf 'postgresql://holdfast_app:%s@pgbouncer:6432/holdfast?pooler=transaction' "$app" | write holdfast_database_url
printf 'postgresql://holdfast_owner:%s@postgres:5432/holdfast' "$owner" | write holdfast_owner_database_url
printf '"holdfast_app" "%s"\n' "$app" | write pgbouncer_userlist
