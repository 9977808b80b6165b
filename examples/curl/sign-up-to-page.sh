#!/bin/sh
# From sign-up to a page of the home timeline, with nothing but curl and sed:
#   sh sign-up-to-page.sh http://localhost:8787
set -eu
skein=${1:-http://localhost:8787}
number=$(date +%s)$$

# field <name>: the first text of that name in a JSON answer.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# sign_up <handle>: opens an account, and prints its token.
sign_up() {
  curl -fsS "$skein/v1/accounts" -H 'content-type: application/json' \
    -d "{\"handle\": \"$1\", \"password\": \"correct horse battery\"}" | field token
}

noor=$(sign_up "noor_$number")
ada=$(sign_up "ada_$number")

# Noor posts. The key makes it safe to send the same post again.
curl -fsS "$skein/v1/posts" -H "authorization: Bearer $noor" -H 'content-type: application/json' \
  -H "idempotency-key: first-$number" -d '{"text": "The first frost of the year."}' >/dev/null

# Ada follows Noor, and reads her home timeline.
curl -fsS -X PUT "$skein/v1/users/@noor_$number/follow" -H "authorization: Bearer $ada" >/dev/null
curl -fsS "$skein/v1/timeline?order=latest&limit=20" -H "authorization: Bearer $ada"
