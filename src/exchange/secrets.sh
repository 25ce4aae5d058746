# Removes blanks around $value, and one pair of quotes.
trim() {
  value=${value#"${value%%[![:space:]]*}"}
  value=${value%"${value##*[![:space:]]}"}
  case $value in
    \"*\") value=${value#\"} value=${value%\"} ;;
    \'*\') value=${value#\'} value=${value%\'} ;;
  esac
}

# Sets $value to the secret named $1 in the file, or $2 in the environment.
secret() {
  eval "value=\${$2-}"
  if [ -z "$value" ] && [ -f "$secrets" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      value=${line%%=*}
      trim
      if [ "$value" = "$1" ]; then
        value=${line#*=}
        break
      fi
      value=''
    done <"$secrets"
  fi
  trim
}

# Whether $value can be a secret of Zoho's; if not, says so of $1 and $2.
usable() {
  case $value in
    '')
      say "  $1 is missing, in $secrets or as"
      say "    \$$2"
      ;;
    *[!A-Za-z0-9._~:@+/=-]*)
      say "  $1"
      say "    has a character that none of Zoho's has"
      ;;
    *) return 0 ;;
  esac
  return 1
}

# Whether $value is the token with this fingerprint. Ledgers may also have
# tokens that authshift has not seen, by a name.
is_token() {
  case $print in *[!0-9a-f]*) return 0 ;; esac
  [ "${#print}" -eq 12 ] || return 0
  # As with `date`.
  for try in 1 2 3; do
    if command -v sha256sum >/dev/null 2>&1; then
      hash=$(sha256sum <<HASHED
authshift:$value
HASHED
      )
    elif command -v shasum >/dev/null 2>&1; then
      hash=$(shasum -a 256 <<HASHED
authshift:$value
HASHED
      )
    else
      return 0
    fi
    case $hash in
      "$print"*) return 0 ;;
      '') : "$try" ;;
      *) return 1 ;;
    esac
  done
  return 1
}

# Sets $id to the name of the environment variable's end for $print.
upper() {
  for try in 1 2 3; do
    id=$(printf '%s' "$1" | tr 'a-z-' 'A-Z_')
    [ -z "$id" ] || return 0
    : "$try"
  done
}

load_secrets() {
  secret "client-id.$client" "AUTHSHIFT_CLIENT_ID_$client_name"
  client_id=$value
  secret "client-secret.$client" "AUTHSHIFT_CLIENT_SECRET_$client_name"
  client_secret=$value
  upper "$print"
  secret "token.$print" "AUTHSHIFT_TOKEN_$id"
  token=$value
}

# Before anything is sent, all that the calls need must be there.
check_secrets() {
  if [ -f "$secrets" ]; then
    # What Windows shows as a mode means nothing.
    case $(uname -s) in
      MINGW* | MSYS* | CYGWIN*) ;;
      *)
        case $(ls -ln -L "$secrets") in
          -r[w-]-------*) ;;
          *) fail "others than you can read $secrets; nothing was sent.
Run: chmod 600 $secrets" ;;
        esac
        ;;
    esac
  fi
  wrong=0
  while IFS='|' read -r print kind service title center server client client_name soid scopes; do
    state
    case $state in
      waiting | again) ;;
      *) continue ;;
    esac
    load_secrets
    value=$client_id
    usable "client-id.$client" "AUTHSHIFT_CLIENT_ID_$client_name" || wrong=1
    value=$client_secret
    usable "client-secret.$client" "AUTHSHIFT_CLIENT_SECRET_$client_name" || wrong=1
    value=$token
    if usable "token.$print" "AUTHSHIFT_TOKEN_$id"; then
      if ! is_token; then
        say "  token.$print"
        say "    is another token than the one with that fingerprint"
        wrong=1
      fi
    else
      wrong=1
    fi
  done <<TOKENS
$tokens
TOKENS
  [ "$wrong" -eq 0 ] || fail "nothing was sent; put the above right first"
}
