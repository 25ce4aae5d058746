#!/bin/sh
# Exchanges authtokens of Zoho for OAuth tokens. Written by `authshift exchange`.
#
#   sh exchange.sh             make the calls that are left, one after the other
#   sh exchange.sh --status    show what became of each token; nothing is sent
#   sh exchange.sh --continue  go on with the others after a call was refused
#
# It can be stopped and started again at any time; it goes on where it was. It
# needs curl. No secret stands in it: it takes them from secrets.txt beside it,
# or from the environment (secrets.txt names the variables). Zoho's answers,
# with the new tokens, go into the folder answers/. Only you can read both.
#
# A call whose answer did not arrive is never made again: Zoho exchanges a token
# once, and what it answered is lost.

# Secrets must not be shown by `sh -x`.
set +xv
set -u
umask 077
LC_ALL=C
export LC_ALL

# One a line: fingerprint, kind, service, its name, data centre, accounts server,
# client, the client's part of a variable's name, soid, scopes.
tokens='@TOKENS@'

answers=answers
secrets=secrets.txt
# Longer than this (seconds) no call takes.
connect_time=20
call_time=90
# So many authtokens may be wrong before nothing more is sent. Zoho blocks a
# client after more than 20.
most_invalid=10

stop=0
client_id=''
client_secret=''
token=''

say() { printf '%s\n' "$*"; }
# The same for what may be long: $1 before each line.
say_long() {
  printf '%s\n' "$2" | fold -s -w 70 | sed "s/^/$1/; s/ *\$//"
}
fail() {
  printf 'exchange.sh: %s\n' "$*" >&2
  exit 2
}

# Sets $moment to the time. A signal that is meant for this script may end `date`
# as well, so it is asked again.
now() {
  for try in 1 2 3; do
    moment=$(date +%s)
    case $moment in
      '' | *[!0-9]*) : "$try" ;;
      *) return 0 ;;
    esac
  done
  fail "this system's date does not know +%s; nothing was sent"
}

# A time for people.
clock() {
  date -d "@$1" '+%Y-%m-%d %H:%M' 2>/dev/null || date -r "$1" '+%Y-%m-%d %H:%M' 2>/dev/null || say "$1 seconds after 1970"
}

# Puts a file on the disk, where there is a command for it.
store() {
  if command -v sync >/dev/null 2>&1; then
    sync "$1" 2>/dev/null || sync
  fi
}

# What Zoho allows: calls a minute and calls an hour.
limits() {
  case $kind in
    self) minute=25 hour=60 ;;
    *) minute=60 hour=100 ;;
  esac
}

# How long the old token lives after the exchange.
life() {
  if [ "$service" = mail ]; then life=3600; else life=86400; fi
}

@SECRETS@

# Sets $text to the text value of the key $1 of the JSON in $flat; fails when
# there is none, or not all of it.
text_of() {
  case $flat in *"\"$1\""*) ;; *) return 1 ;; esac
  text=${flat#*"\"$1\""}
  text=${text#"${text%%[![:space:]]*}"}
  case $text in :*) text=${text#:} ;; *) return 1 ;; esac
  text=${text#"${text%%[![:space:]]*}"}
  case $text in \"*\"*) ;; *) return 1 ;; esac
  text=${text#\"}
  text=${text%%\"*}
  [ -n "$text" ]
}

# Sets $outcome from the answer in $call.json, if any: done, unknown, or the
# name of Zoho's error. $1 is the status of HTTP, if known.
classify() {
  outcome=unknown
  [ -s "$call.json" ] || {
    case $1 in 404 | 405 | 410) outcome=gone ;; esac
    return 0
  }
  flat=$(tr -d '\000\r\n' <"$call.json")
  # As with `date`.
  [ -n "$flat" ] || flat=$(tr -d '\000\r\n' <"$call.json")
  if text_of refresh_token; then
    outcome='done'
  elif text_of access_token; then
    # Good for an hour, and nothing to get the next one with.
    outcome=unknown
  elif text_of error; then
    # It is shown, and it is a part of a line.
    for try in 1 2; do
      outcome=$(printf '%s' "$text" | tr 'A-Z ' 'a-z_' | tr -cd 'a-z0-9_.-' | cut -c 1-40)
      # As with `date`.
      [ -z "$outcome" ] || break
      : "$try"
    done
    case $outcome in '' | done | unknown | not_sent) outcome=unnamed_error ;; esac
  else
    case $1 in 404 | 405 | 410) outcome=gone ;; esac
  fi
}

# Sets $call to the last call for $print, $number to its number (0 for none).
last_call() {
  number=0
  while [ -e "$answers/$print.$((number + 1)).call" ]; do
    number=$((number + 1))
  done
  call=$answers/$print.$number
}

# Sets $state: waiting, again (it was refused for a reason that can be put
# right), done, unknown, refused, open (begun, and its end is not known).
# $outcome is what Zoho answered.
state() {
  last_call
  outcome=''
  if [ "$number" -eq 0 ]; then
    state=waiting
    return
  fi
  if [ ! -e "$call.end" ]; then
    state=open
    return
  fi
  read -r _ _ _ outcome <"$call.end"
  if [ "$outcome" = unknown ]; then
    # The answer may have come after all.
    classify ''
  fi
  case $outcome in
    done) state='done' ;;
    unknown) state=unknown ;;
    invalid_client | invalid_scope | invalid_grant | invalid_request | not_sent) state=again ;;
    *) state=refused ;;
  esac
}

# Notes that the call ended with $outcome. What is limited counts from here.
end_call() {
  now
  # A signal to the whole group may end `mv` as well, so it is tried again.
  for try in 1 2 3; do
    printf '%s %s %s %s\n' "$moment" "$kind" "$client" "$outcome" >"$call.end.new" &&
      mv -f "$call.end.new" "$call.end" && break
    if [ "$try" -eq 3 ]; then
      printf 'exchange.sh: cannot write %s\n' "$call.end" >&2
      fail "what Zoho answered is in $call.json"
    fi
  done
  store "$call.end"
  rm -f "$call.http" "$call.curl" "$call.pid"
}

# Waits until a call of this kind is within the limits.
wait_for_room() {
  limits
  told=0
  while [ "$stop" -eq 0 ]; do
    # Whole seconds: one more than the limit's own time is surely past it.
    now
    rest=$(cat "$answers"/*.end 2>/dev/null | awk -v kind="$kind" -v now="$moment" -v minute="$minute" -v hour="$hour" '
      $2 == kind {
        time = $1 > now ? now : $1
        if (time > now - 61) { m++; if (m == 1 || time < first_m) first_m = time }
        if (time > now - 3601) { h++; if (h == 1 || time < first_h) first_h = time }
      }
      END {
        rest = 0
        if (m >= minute) rest = first_m + 61 - now
        if (h >= hour && first_h + 3601 - now > rest) rest = first_h + 3601 - now
        print rest
      }')
    case $rest in
      # A signal to the whole group ended the counting: that is no room.
      '' | *[!0-9]*)
        sleep 1
        continue
        ;;
    esac
    [ "$rest" -gt 0 ] || return 0
    if [ "$told" -eq 0 ] && [ "$rest" -gt 5 ]; then
      told=1
      say "Zoho takes $minute calls a minute and $hour an hour ($kind)."
      say "Waiting until $(clock $((moment + rest))); it can be stopped (Ctrl-C) and started again."
    fi
    [ "$rest" -le 10 ] || rest=10
    sleep "$rest"
  done
}

# Asks Zoho. Nobody but this shell and curl, which reads it from a pipe, ever
# sees a secret; signals meant for this script do not end the call.
send() {
  (
    trap '' HUP INT QUIT TERM
    exec curl -q -sS --http1.1 --proto "=$protocol" --connect-timeout "$connect_time" --max-time "$call_time" \
      -o "$call.json" -w '%{http_code} %{size_request}\n' -K - "$address/oauth/v2/token/$kind/authtooauth" <<SECRETS
data-urlencode = "grant_type=authtooauth"
data-urlencode = "client_id=$client_id"
data-urlencode = "client_secret=$client_secret"
data-urlencode = "authtoken=$token"
$more
SECRETS
  ) >"$call.http" 2>"$call.curl" &
  pid=$!
  printf '%s\n' "$pid" >"$call.pid"
  while :; do
    wait "$pid"
    status=$?
    kill -0 "$pid" 2>/dev/null || break
  done
  if [ "$status" -gt 128 ]; then
    # It may have been a signal that ended the waiting.
    wait "$pid" 2>/dev/null
    again=$?
    [ "$again" -eq 127 ] || status=$again
  fi
}

# Makes the call for $print.
make_call() {
  load_secrets
  [ -n "$client_id" ] && [ -n "$client_secret" ] && [ -n "$token" ] || fail "a secret for $print is gone; nothing was sent for it"
  more=''
  [ -z "$soid" ] || more="data-urlencode = \"soid=$soid\""
  # Only `self` takes scopes; for `external` Zoho knows them already.
  [ "$kind" != self ] || more="$more
data-urlencode = \"scope=$scopes\""
  if [ -n "$test_server" ]; then address=$test_server; else address=https://$server; fi
  number=$((number + 1))
  call=$answers/$print.$number
  now
  # Only one can make this file, so a call is never made twice.
  (
    set -C
    printf '%s\n' "$moment" >"$call.call"
  ) 2>/dev/null || fail "another run makes the call for $print;
nothing more was sent by this one"
  store "$call.call"
  send
  [ ! -e "$call.json" ] || store "$call.json"
  http='' sent=''
  read -r http sent <"$call.http"
  problem=''
  read -r problem <"$call.curl"
  classify "$http"
  # curl did not understand its options, the host was not found, nobody took the
  # connection, the certificate was wrong, or time was up before anything was sent:
  # Zoho has not seen the call.
  if [ "$outcome" = unknown ] && [ ! -e "$call.json" ]; then
    case $status:$sent in 2:* | 5:* | 6:* | 7:* | 35:* | 60:* | 77:* | 127:* | 28:0) outcome=not_sent ;; esac
  fi
  end_call
}

@ADVICE@

# Calls of an earlier run that was ended before it had noted their answer.
finish_open() {
  while IFS='|' read -r print kind service title center server client client_name soid scopes; do
    state
    [ "$state" = open ] || continue
    begun=''
    read -r begun <"$call.call"
    case $begun in '' | *[!0-9]*) begun=0 ;; esac
    until_then=$((begun + connect_time + call_time))
    # Its curl may be running still.
    pid=''
    [ ! -e "$call.pid" ] || read -r pid <"$call.pid"
    told=0
    while [ "$stop" -eq 0 ] && now && [ "$moment" -le "$until_then" ]; do
      classify ''
      [ "$outcome" = unknown ] || break
      if [ -n "$pid" ]; then kill -0 "$pid" 2>/dev/null || break; fi
      if [ "$told" -eq 0 ]; then
        told=1
        say "a call of an earlier run may still be under way; waiting for its answer"
      fi
      sleep 1
    done
    [ "$stop" -eq 0 ] || exit 1
    classify ''
    end_call
    if [ "$outcome" = unknown ]; then
      advise_unknown
      stopped=1
    fi
  done <<TOKENS
$tokens
TOKENS
}

# One line for each token.
show() {
  left=0 unknown=0 refused=0 finished=0
  while IFS='|' read -r print kind service title center server client client_name soid scopes; do
    state
    shown=$state
    case $state in
      done) finished=$((finished + 1)) shown="done     $call.json" ;;
      unknown) unknown=$((unknown + 1)) ;;
      refused) refused=$((refused + 1)) shown="refused  $outcome" ;;
      again) left=$((left + 1)) shown="waiting  (last: $outcome)" ;;
      open) left=$((left + 1)) shown="begun" ;;
      *) left=$((left + 1)) ;;
    esac
    say "$(printf '  %-12s  %-17s %-4s %s' "$print" "$title" "$center" "$shown")"
  done <<TOKENS
$tokens
TOKENS
}

# How many tokens were invalid for $client.
invalid_of_client() {
  cat "$answers"/*.end 2>/dev/null | awk -v client="$client" '$3 == client && $4 == "invalid_authtoken" { n++ } END { print n + 0 }'
}

# Two runs at once would not see each other's calls.
lock() {
  if ! (
    set -C
    printf '%s\n' "$$" >"$answers/lock"
  ) 2>/dev/null; then
    owner=''
    read -r owner <"$answers/lock"
    if [ -n "$owner" ] && [ "$owner" != "$$" ] && kill -0 "$owner" 2>/dev/null; then
      fail "another run (process $owner) is under way;
if there is none, delete $answers/lock"
    fi
    printf '%s\n' "$$" >"$answers/lock"
  fi
  locked=1
}
# Signals end the run behind the call that is under way.
heed() {
  trap 'stop=1' HUP INT QUIT TERM
}
leave() {
  [ "$locked" -eq 0 ] || rm -f "$answers/lock"
}

# The calls, until something asks for a person.
run() {
  stopped=0
  while IFS='|' read -r print kind service title center server client client_name soid scopes; do
    [ "$stop" -eq 0 ] || break
    state
    case $state in
      waiting | again) ;;
      *) continue ;;
    esac
    invalid=$(invalid_of_client)
    # A signal to the whole group ended the counting.
    [ -n "$invalid" ] || break
    if [ "$invalid" -ge "$most_invalid" ]; then
      say ""
      say "$most_invalid tokens of client \"$client\" were invalid. Nothing more is sent for it: Zoho"
      say "blocks a client after more than 20. The others need the other way:"
      other_way
      stopped=1
      break
    fi
    wait_for_room
    [ "$stop" -eq 0 ] || break
    make_call
    case $outcome in
      done)
        life
        say "done: $title ($center), token $print"
        now
        say "      the old token stops working by $(clock $((moment + life)))"
        ;;
      unknown)
        advise_unknown
        stopped=1
        break
        ;;
      *)
        advise_refused
        stopped=1
        break
        ;;
    esac
  done <<TOKENS
$tokens
TOKENS
}

goes_on=0
status_only=0
for argument do
  case $argument in
    --continue) goes_on=1 ;;
    --status) status_only=1 ;;
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) fail "there is no \"$argument\"; run sh exchange.sh --help" ;;
  esac
done

unset CDPATH
cd -- "$(dirname -- "$0")" || fail "cannot enter the folder of this script"
now

if [ "$status_only" -eq 1 ]; then
  show
  exit 0
fi

for needed in curl awk; do
  command -v "$needed" >/dev/null 2>&1 || fail "$needed is missing; install it and start again. Nothing was sent"
done

# To try it out: a server on this machine, and none else, may stand for Zoho's.
test_server=${AUTHSHIFT_TEST_SERVER-}
protocol=https
if [ -n "$test_server" ]; then
  case $test_server in
    http://127.0.0.1:*[!0-9]*) test_server='' ;;
    http://127.0.0.1:[0-9]*) ;;
    *) test_server='' ;;
  esac
  [ -n "$test_server" ] || fail "AUTHSHIFT_TEST_SERVER must be http://127.0.0.1:PORT; nothing was sent"
  protocol=http
  no_proxy=127.0.0.1
  export no_proxy
  say "TEST: everything is sent to $test_server, nothing to Zoho."
fi

if ! mkdir -p "$answers" || ! chmod 700 "$answers"; then
  fail "cannot make the folder $answers; nothing was sent"
fi
# Some shells keep what they pass on in a file for a moment.
TMPDIR=$(pwd)/$answers
export TMPDIR
locked=0
trap leave EXIT
heed
lock

stopped=0
finish_open
if [ "$stopped" -eq 1 ]; then
  say ""
  say "The run stops here. Start the script again to go on with the other tokens."
  exit 1
fi

say "Authtokens to exchange for OAuth tokens:"
show
if [ "$left" -gt 0 ] && [ "$refused" -gt 0 ] && [ "$goes_on" -eq 0 ]; then
  while IFS='|' read -r print kind service title center server client client_name soid scopes; do
    state
    [ "$state" = refused ] && advise_refused
  done <<TOKENS
$tokens
TOKENS
  say ""
  say "Nothing was sent. To go on with the other tokens: sh exchange.sh --continue"
  exit 1
fi
if [ "$left" -gt 0 ]; then
  check_secrets
  say ""
  say "Zoho may have closed this exchange; then the first call says so, and the"
  say "script names the other way. A token that is exchanged stops working within"
  say "24 hours (Zoho Mail's within one hour): its app must have the new one by then."
  if [ -t 0 ]; then
    printf 'Make %s now? Type yes: ' "$([ "$left" -eq 1 ] && printf '1 call' || printf '%s calls' "$left")"
    answer=''
    trap - HUP INT QUIT TERM
    read -r answer
    heed
    [ "$answer" = yes ] || {
      say "Nothing was sent."
      exit 1
    }
  fi
  run
  say ""
  show
fi
say ""
if [ "$finished" -gt 0 ]; then
  say "$finished done: the files in $answers/ hold the refresh tokens. Give each app its"
  say "client id, client secret and refresh token. With grant_type=refresh_token it"
  say "gets access tokens, good for an hour each, from /oauth/v2/token of the accounts"
  say "server; it sends \"Authorization: Zoho-oauthtoken <access token>\" to the"
  say "api_domain that comes with them."
fi
[ "$stop" -eq 0 ] || say "Stopped as asked; nothing is under way."
if [ "$left" -gt 0 ]; then
  if [ "$refused" -gt 0 ]; then
    say "$left left: sh exchange.sh --continue goes on with them."
  else
    say "$left left: start the script again to go on with them."
  fi
fi
[ "$unknown" -eq 0 ] ||
  say "$unknown unknown: these need another way; they are not tried again."
if [ "$left" -gt 0 ] || [ "$unknown" -gt 0 ] || [ "$refused" -gt 0 ]; then
  exit 1
fi
say "When the apps run with the new tokens, delete answers/ and secrets.txt."
