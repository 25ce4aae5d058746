# The way without an exchange.
function Show-OtherWay($Token) {
    $server = $Token.Server
    if ($Token.Kind -eq 'self') {
        Say "    Self client: https://api-console.$($server.Substring('accounts.'.Length)) > Self Client >"
        Say '    Generate Code, with the scopes'
        Say "      $($Token.Scopes.Replace(',', ', '))"
        Say '    and trade the code for a refresh token within its minutes:'
        Say "      https://$server/oauth/v2/token, grant_type=authorization_code"
    } else {
        Say '    Authorization code: send each user of the app to'
        Say "      https://$server/oauth/v2/auth?response_type=code"
        Say '      with access_type=offline and client_id, scope and redirect_uri of the app,'
        Say '      and trade the code for a refresh token at'
        Say "      https://$server/oauth/v2/token, grant_type=authorization_code"
    }
}

# What to do when it is not known whether the token was exchanged.
function Show-Unknown($Token, [string] $Call) {
    $begun = Get-Begin $Call
    if ($begun -eq 0) { $begun = Get-Now }
    Say ''
    Say "UNKNOWN: $($Token.Title) ($($Token.Center)), token $($Token.Print)"
    if (Test-Path -LiteralPath "$Call.json") {
        Say '  An answer came that is not understood or not whole. Look into'
        Say "  $Call.json: a refresh_token in it is the new token."
    } else {
        Say '  The call was begun, and no answer arrived. Zoho may have exchanged the'
        Say '  token or not. It is not tried again: an exchanged token is refused.'
    }
    Say "  If it was exchanged, the old token stops working by $(Format-Clock ($begun + (Get-Life $Token)))."
    if ($Token.Service -eq 'mail') { Say "  (Zoho Mail's: within an hour.)" }
    Say '  Get the app its tokens in another way before then:'
    Show-OtherWay $Token
    if ($Token.Kind -eq 'self') {
        Say '  Zoho mails the owner of a token that was exchanged: without a mail the old'
        Say '  token most likely lives on. The app may use it until the new one is there.'
    }
}

# Why Zoho refused, and what to do.
function Show-Refused($Token, [string] $Outcome, [string] $Call, [string] $Problem) {
    Say ''
    if ($Outcome -eq 'not_sent') {
        Say "NOT SENT: $($Token.Title) ($($Token.Center)), token $($Token.Print)"
    } else {
        Say "REFUSED: $($Token.Title) ($($Token.Center)), token $($Token.Print): $Outcome"
    }
    switch ($Outcome) {
        'invalid_authtoken' {
            Say '  The token is wrong or deleted already, or (external) its scope is not the'
            Say '  one that Zoho was told before. It is not tried again, and the run stops:'
            Say '  more than 20 invalid tokens block the client. Look through the others in'
            Say '  secrets.txt first. If it was a wrong one there, correct it, and give the token'
            Say '  another name in ledger.toml. If it is gone:'
            Show-OtherWay $Token
        }
        'access_denied' {
            if ($Token.Kind -eq 'self') {
                Say '  The token was exchanged already; or its service is not that of the scopes;'
                Say '  or the client belongs to another user than the token; or the exchange is'
                Say '  closed.'
            } else {
                Say "  Zoho's time for this migration is over; or the client is blocked after more"
                Say '  than 20 invalid tokens; or the token was exchanged already.'
            }
            Say '  It is not tried again, and the run stops. If the token was exchanged before,'
            Say '  use the refresh token of that answer. Otherwise:'
            Show-OtherWay $Token
        }
        'invalid_client' {
            Say '  The client id or secret is wrong, or belongs to another data centre'
            if ($Token.Kind -ne 'self') {
                Say '  or Zoho has not entered this client for the migration: write to the'
                Say "  support of $($Token.Title), with client id, authtoken scopes and"
                Say '  the OAuth scopes, and wait for the confirmation'
            }
            Say "  (client `"$($Token.Client)`" in secrets.txt; the server was $($Token.Server))."
            Say '  The token was not used up. Put it right and start the script again.'
        }
        'invalid_scope' {
            Say '  Zoho does not know one of these scopes, or not for this service:'
            Say "      $($Token.Scopes.Replace(',', ', '))"
            Say '  Correct "scopes" in ledger.toml and run authshift exchange again, then this'
            Say '  script. The token was not used up.'
        }
        'invalid_request' {
            Say '  Something is missing. CRM needs soid = "ZohoCRM.<zgid>", Desk'
            Say "  `"ZohoSupport.<orgId>`"; this one has `"$($Token.Soid)`"."
            Say '  Correct it in ledger.toml and run authshift exchange again, then this script.'
            Say '  The token was not used up.'
        }
        'invalid_grant' {
            Say '  Zoho did not take grant_type=authtooauth. Most likely this exchange does not'
            Say '  exist any more. The token was not used up. The other way:'
            Show-OtherWay $Token
        }
        'gone' {
            Say '  There is nothing at this address (HTTP 404, 405 or 410): Zoho has ended the'
            Say '  exchange here. The other way:'
            Show-OtherWay $Token
        }
        'not_sent' {
            Say "  $($Token.Server) was not reached, and nothing was sent:"
            Say "    $Problem"
            Say '  Put the connection right and start the script again.'
        }
        default {
            Say "  An error that Zoho's pages do not name; the answer is in"
            Say "  $Call.json. It is not tried again. If the exchange is closed:"
            Show-OtherWay $Token
        }
    }
}
