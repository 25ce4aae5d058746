# What to do when it is not known whether the token was exchanged.
advise_unknown() {
  life
  begun=''
  read -r begun <"$call.call"
  case $begun in '' | *[!0-9]*) now && begun=$moment ;; esac
  say ""
  say "UNKNOWN: $title ($center), token $print"
  if [ -s "$call.json" ]; then
    say "  An answer came that is not understood or not whole. Look into"
    say "  $call.json: a refresh_token in it is the new token."
  else
    say "  The call was begun, and no answer arrived. Zoho may have exchanged the"
    say "  token or not. It is not tried again: an exchanged token is refused."
  fi
  say "  If it was exchanged, the old token stops working by $(clock $((begun + life)))."
  if [ "$service" = mail ]; then
    say "  (Zoho Mail's: within an hour.)"
  fi
  say "  Get the app its tokens in another way before then:"
  other_way
  if [ "$kind" = self ]; then
    say "  Zoho mails the owner of a token that was exchanged: without a mail the old"
    say "  token most likely lives on. The app may use it until the new one is there."
  fi
}

# The way without an exchange.
other_way() {
  if [ "$kind" = self ]; then
    say "    Self client: https://api-console.${server#accounts.} > Self Client >"
    say "    Generate Code, with the scopes"
    say_long '      ' "$(printf '%s' "$scopes" | sed 's/,/, /g')"
    say "    and trade the code for a refresh token within its minutes:"
    say "      https://$server/oauth/v2/token, grant_type=authorization_code"
  else
    say "    Authorization code: send each user of the app to"
    say "      https://$server/oauth/v2/auth?response_type=code"
    say "      with access_type=offline and client_id, scope and redirect_uri of the app,"
    say "      and trade the code for a refresh token at"
    say "      https://$server/oauth/v2/token, grant_type=authorization_code"
  fi
}

# Why Zoho refused, and what to do.
advise_refused() {
  say ""
  if [ "$outcome" = not_sent ]; then
    say "NOT SENT: $title ($center), token $print"
  else
    say "REFUSED: $title ($center), token $print: $outcome"
  fi
  case $outcome in
    invalid_authtoken)
      say "  The token is wrong or deleted already, or (external) its scope is not the"
      say "  one that Zoho was told before. It is not tried again, and the run stops:"
      say "  more than 20 invalid tokens block the client. Look through the others in"
      say "  secrets.txt first. If it was a wrong one there, correct it, and give the token"
      say "  another name in ledger.toml. If it is gone:"
      other_way
      ;;
    access_denied)
      if [ "$kind" = self ]; then
        say "  The token was exchanged already; or its service is not that of the scopes;"
        say "  or the client belongs to another user than the token; or the exchange is"
        say "  closed."
      else
        say "  Zoho's time for this migration is over; or the client is blocked after more"
        say "  than 20 invalid tokens; or the token was exchanged already."
      fi
      say "  It is not tried again, and the run stops. If the token was exchanged before,"
      say "  use the refresh token of that answer. Otherwise:"
      other_way
      ;;
    invalid_client)
      say "  The client id or secret is wrong, or belongs to another data centre"
      if [ "$kind" != self ]; then
        say "  or Zoho has not entered this client for the migration: write to the"
        say "  support of $title, with client id, authtoken scopes and"
        say "  the OAuth scopes, and wait for the confirmation"
      fi
      say "  (client \"$client\" in secrets.txt; the server was $server)."
      say "  The token was not used up. Put it right and start the script again."
      ;;
    invalid_scope)
      say "  Zoho does not know one of these scopes, or not for this service:"
      say_long '      ' "$(printf '%s' "$scopes" | sed 's/,/, /g')"
      say "  Correct \"scopes\" in ledger.toml and run authshift exchange again, then this"
      say "  script. The token was not used up."
      ;;
    invalid_request)
      say "  Something is missing. CRM needs soid = \"ZohoCRM.<zgid>\", Desk"
      say "  \"ZohoSupport.<orgId>\"; this one has \"$soid\"."
      say "  Correct it in ledger.toml and run authshift exchange again, then this script."
      say "  The token was not used up."
      ;;
    invalid_grant)
      say "  Zoho did not take grant_type=authtooauth. Most likely this exchange does not"
      say "  exist any more. The token was not used up. The other way:"
      other_way
      ;;
    gone)
      say "  There is nothing at this address (HTTP 404, 405 or 410): Zoho has ended the"
      say "  exchange here. The other way:"
      other_way
      ;;
    not_sent)
      say "  $server was not reached, and nothing was sent:"
      say_long '    ' "${problem-}"
      say "  Put the connection right and start the script again."
      ;;
    *)
      say "  An error that Zoho's pages do not name; the answer is in"
      say "  $call.json. It is not tried again. If the exchange is closed:"
      other_way
      ;;
  esac
}
