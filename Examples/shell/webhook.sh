# What verify.sh and send.sh share. POSIX sh, and openssl for SHA-256 and base64.
# shellcheck shell=sh

fail() { # EXIT-CODE TEXT
    printf '%s: %s\n' "${0##*/}" "$2" >&2
    exit "$1"
}

# The key of a secret, in hex: what stands behind whsec_ is base64, and its padding may be missing.
secret_key() { # SECRET
    [ -n "$1" ] || fail 64 "WEBHOOK_SECRET is missing: give it the endpoint's secret, whsec_…"
    encoded=${1#whsec_}
    case ${encoded%%=*} in
    '' | *[!A-Za-z0-9+/]*) fail 64 "WEBHOOK_SECRET is not whsec_ and base64" ;;
    esac
    while [ $((${#encoded} % 4)) -ne 0 ]; do encoded=$encoded=; done
    key=$(printf %s "$encoded" | openssl base64 -d -A 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
    [ -n "$key" ] || fail 64 "WEBHOOK_SECRET is not whsec_ and base64"
    printf %s "$key"
}

# HMAC-SHA256 (RFC 2104) of standard input with a key in hex, in base64. `openssl dgst -macopt hexkey:…` does the same in one
# line, but shows the key to everybody who looks at the list of processes; printf is the shell's own and shows nothing.
hmac() { # KEY
    key=$1
    [ ${#key} -le 128 ] || key=$(bytes "$key" 0 | openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \n')
    while [ ${#key} -lt 128 ]; do key=${key}00; done
    inner=$({ bytes "$key" 54; cat; } | openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \n')
    { bytes "$key" 92; bytes "$inner" 0; } | openssl dgst -sha256 -binary | openssl base64 -A
}

# Bytes from hex, each XOR a number.
bytes() { # HEX NUMBER
    hex=$1
    while [ -n "$hex" ]; do
        rest=${hex#??}
        printf %b "\\0$(printf %03o $((0x${hex%"$rest"} ^ $2)))"
        hex=$rest
    done
}
