#!/bin/sh
# Signs one webhook (Standard Webhooks, v1) with openssl and sends it with curl.
#
#   WEBHOOK_SECRET=whsec_… send.sh URL BODY [ID]
#
# BODY is a file. Prints the receiver's status; ends with 0 for 2xx, with 1 for anything else, with 64 when it was called wrongly.
# Sending again is sending with the same ID: the receiver knows by it that nothing more is to be done. OLD_WEBHOOK_SECRET, while a
# secret is being rotated, adds the signature of the former one.
set -euf
. "$(dirname "$0")/webhook.sh"

[ $# -eq 2 ] || [ $# -eq 3 ] || fail 64 "usage: send.sh URL BODY [ID]"
[ -r "$2" ] || fail 64 "$2 can't be read"
id=${3:-msg_$(openssl rand -hex 16)}
timestamp=$(date +%s)

signature() { # KEY
    printf 'v1,'
    { printf %s. "$id" "$timestamp"; cat "$body"; } | hmac "$1"
}
body=$2
key=$(secret_key "${WEBHOOK_SECRET:-}")
signatures=$(signature "$key")
if [ -n "${OLD_WEBHOOK_SECRET:-}" ]; then
    key=$(secret_key "$OLD_WEBHOOK_SECRET")
    signatures="$signatures $(signature "$key")"
fi

# --data-binary: -d would take the line ends out of the body, and it would be another than was signed.
status=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 15 \
    --header "content-type: application/json" --header "webhook-id: $id" --header "webhook-timestamp: $timestamp" \
    --header "webhook-signature: $signatures" --data-binary "@$body" "$1") || fail 1 "nothing was answered"
printf '%s %s\n' "$status" "$id"
case $status in
2??) ;;
*) exit 1 ;;
esac
