#!/bin/sh
# Verifies one received webhook (Standard Webhooks, v1) with openssl.
#
#   WEBHOOK_SECRET=whsec_… verify.sh HEADERS BODY
#
# HEADERS is a file with one `name: value` per line, BODY the body's bytes exactly as they came. Prints `verified ID` and ends with 0;
# ends with 1 and says why for what must be refused, with 64 when it was called wrongly. With SEEN=DIRECTORY an identifier that was
# there before is `duplicate ID`, which ends with 0, too: answer 2xx and do nothing.
#
# No shell compares in constant time. An attacker who measures very many answers very exactly could learn from the time how much of
# a forged signature was right. Use it to look at requests, in tests and on your own machines; use a library where strangers send.
set -euf
. "$(dirname "$0")/webhook.sh"

[ $# -eq 2 ] || fail 64 "usage: verify.sh HEADERS BODY"
[ -r "$1" ] || fail 64 "$1 can't be read"
[ -r "$2" ] || fail 64 "$2 can't be read"
key=$(secret_key "${WEBHOOK_SECRET:-}")

# The value of the first header of that name, whatever its case.
header() { # NAME
    tr -d '\r' <"$headers" | awk -v name="$1:" '
        index(tolower($0), name) == 1 { sub(/^[^:]*:[ \t]*/, ""); sub(/[ \t]+$/, ""); print; exit }'
}
headers=$1
id=$(header webhook-id)
timestamp=$(header webhook-timestamp)
signatures=$(header webhook-signature)
[ -n "$id" ] && [ -n "$timestamp" ] && [ -n "$signatures" ] ||
    fail 1 "webhook-id, webhook-timestamp or webhook-signature is missing"

# Digits, few enough for the shell's numbers, and no zero in front, which would make them octal.
case $timestamp in
'' | *[!0-9]* | 0* | ?????????????*) fail 1 "webhook-timestamp is malformed" ;;
esac
age=$(($(date +%s) - timestamp))
[ "$age" -le "${TOLERANCE:-300}" ] || fail 1 "the webhook is $age s old"
[ "$age" -ge "-${TOLERANCE:-300}" ] || fail 1 "the webhook is $((-age)) s ahead of the clock"

# The body goes through a pipe, not through a variable, which would lose NUL bytes and line ends.
expected=$({ printf %s. "$id" "$timestamp"; cat "$2"; } | hmac "$key")

# Several while the secret is being rotated, of several versions: one right v1 is enough.
for signature in $signatures; do
    [ "$signature" = "v1,$expected" ] || continue
    if [ -n "${SEEN:-}" ]; then
        # An identifier may hold anything: its digest is a name. mkdir is atomic, so of two at once only one is the first.
        name=$(printf %s "$id" | openssl dgst -sha256 -r | cut -d ' ' -f 1)
        mkdir -p "$SEEN"
        if ! mkdir "$SEEN/$name" 2>/dev/null; then
            [ -d "$SEEN/$name" ] || fail 64 "nothing can be written to $SEEN"
            printf 'duplicate %s\n' "$id"
            exit 0
        fi
    fi
    printf 'verified %s\n' "$id"
    exit 0
done
fail 1 "no signature matches"
