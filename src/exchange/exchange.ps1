# Exchanges authtokens of Zoho for OAuth tokens. Written by `authshift exchange`.
#
#   .\exchange.ps1             make the calls that are left, one after the other
#   .\exchange.ps1 -Status     show what became of each token; nothing is sent
#   .\exchange.ps1 -Continue   go on with the others after a call was refused
#
# If Windows does not let you run it:
#   powershell -ExecutionPolicy Bypass -File exchange.ps1
#
# It does what exchange.sh does, and either goes on where the other one was. It
# can be stopped and started again at any time. It needs curl, which Windows has.
# No secret stands in it: it takes them from secrets.txt beside it, or from the
# environment (secrets.txt names the variables). Zoho's answers, with the new
# tokens, go into the folder answers. Only you can read both.
#
# A call whose answer did not arrive is never made again: Zoho exchanges a token
# once, and what it answered is lost.
#
# The tests of authshift parse this script and do not run it; exchange.sh they run.
[CmdletBinding()]
param(
    [switch] $Continue,
    [switch] $Status
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# One a line: fingerprint, kind, service, its name, data centre, accounts server,
# client, the client's part of a variable's name, soid, scopes.
$List = @'
@TOKENS@
'@

$Answers = Join-Path $PSScriptRoot 'answers'
$SecretsFile = Join-Path $PSScriptRoot 'secrets.txt'
# Longer than this (seconds) no call takes.
$ConnectTime = 20
$CallTime = 90
# So many authtokens may be wrong before nothing more is sent. Zoho blocks a
# client after more than 20.
$MostInvalid = 10
$OnWindows = ($PSVersionTable.PSVersion.Major -lt 6) -or $IsWindows
# Refused for a reason that can be put right.
$CanBePutRight = @('invalid_client', 'invalid_scope', 'invalid_grant', 'invalid_request', 'not_sent')

function Say([string] $Text) {
    Write-Host $Text
}

function Stop-Script([string] $Text) {
    [Console]::Error.WriteLine("exchange.ps1: $Text")
    exit 2
}

function Get-Now {
    [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
}

# A time for people.
function Format-Clock([long] $Time) {
    [DateTimeOffset]::FromUnixTimeSeconds($Time).LocalDateTime.ToString('yyyy-MM-dd HH:mm')
}

function Get-Tokens {
    foreach ($line in ($List -split "`r?`n")) {
        $part = $line.Split('|')
        if ($part.Length -eq 10) {
            [pscustomobject] @{
                Print  = $part[0]; Kind = $part[1]; Service = $part[2]; Title = $part[3]; Center = $part[4]
                Server = $part[5]; Client = $part[6]; ClientName = $part[7]; Soid = $part[8]; Scopes = $part[9]
            }
        }
    }
}

# How long the old token lives after the exchange.
function Get-Life($Token) {
    if ($Token.Service -eq 'mail') { 3600 } else { 86400 }
}

# Nobody else may read it.
function Protect-Path([string] $Path, [bool] $Folder) {
    if ($OnWindows) {
        $user = [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value
        $right = if ($Folder) { "*${user}:(OI)(CI)F" } else { "*${user}:F" }
        & icacls.exe $Path /inheritance:r /grant:r $right | Out-Null
    } else {
        $mode = if ($Folder) { '700' } else { '600' }
        & chmod $mode $Path
    }
    if ($LASTEXITCODE -ne 0) {
        Stop-Script "cannot keep others from reading $Path; nothing was sent"
    }
}

# Writes a file and puts it on the disk; with 'CreateNew' it fails if there is one.
function Write-Stored([string] $Path, [string] $Text, [System.IO.FileMode] $Mode) {
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Text)
    $file = New-Object System.IO.FileStream -ArgumentList @($Path, $Mode, [System.IO.FileAccess]::Write)
    try {
        $file.Write($bytes, 0, $bytes.Length)
        $file.Flush($true)
    } finally {
        $file.Dispose()
    }
}

# The secret of this name in the file, or in the environment; '' without one.
function Get-Secret([string] $Key, [string] $Variable) {
    $value = [Environment]::GetEnvironmentVariable($Variable)
    if (-not $value -and (Test-Path -LiteralPath $SecretsFile)) {
        foreach ($line in [System.IO.File]::ReadAllLines($SecretsFile)) {
            $at = $line.IndexOf('=')
            if ($at -gt 0 -and $line.Substring(0, $at).Trim() -ceq $Key) {
                $value = $line.Substring($at + 1)
                break
            }
        }
    }
    if (-not $value) { return '' }
    $value = $value.Trim()
    if ($value -match '^"(.*)"$' -or $value -match '^''(.*)''$') {
        $value = $Matches[1]
    }
    return $value
}

function Get-Fingerprint([string] $Value) {
    $sha = [System.Security.Cryptography.SHA256]::Create()
    $hash = $sha.ComputeHash([System.Text.Encoding]::UTF8.GetBytes("authshift:${Value}`n"))
    $digits = [BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
    return $digits.Substring(0, 12)
}

# Its names in the file and in the environment, and the value of each secret.
function Get-Secrets($Token) {
    $tokenName = $Token.Print.ToUpperInvariant().Replace('-', '_')
    $names = @(
        @("client-id.$($Token.Client)", "AUTHSHIFT_CLIENT_ID_$($Token.ClientName)"),
        @("client-secret.$($Token.Client)", "AUTHSHIFT_CLIENT_SECRET_$($Token.ClientName)"),
        @("token.$($Token.Print)", "AUTHSHIFT_TOKEN_$tokenName")
    )
    foreach ($name in $names) {
        [pscustomobject] @{ Key = $name[0]; Variable = $name[1]; Value = (Get-Secret $name[0] $name[1]) }
    }
}

# Before anything is sent, all that the calls need must be there.
function Test-Secrets($Tokens) {
    $wrong = $false
    foreach ($token in $Tokens) {
        if (@('waiting', 'again') -notcontains (Get-State $token).State) { continue }
        foreach ($secret in @(Get-Secrets $token)) {
            if (-not $secret.Value) {
                Say "  $($secret.Key) is missing, in secrets.txt or as"
                Say "    `$env:$($secret.Variable)"
                $wrong = $true
            } elseif ($secret.Value -notmatch '^[A-Za-z0-9._~:@+/=-]+$') {
                Say "  $($secret.Key)"
                Say "    has a character that none of Zoho's has"
                $wrong = $true
            } elseif ($secret.Key -clike 'token.*' -and $token.Print -cmatch '^[0-9a-f]{12}$' -and
                (Get-Fingerprint $secret.Value) -cne $token.Print) {
                Say "  $($secret.Key)"
                Say "    is another token than the one with that fingerprint"
                $wrong = $true
            }
        }
    }
    if ($wrong) { Stop-Script 'nothing was sent; put the above right first' }
}

# The text of a file that curl may be writing still.
function Read-Text([string] $Path) {
    $share = [System.IO.FileShare]::ReadWrite
    $file = New-Object System.IO.FileStream -ArgumentList @($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)
    try {
        $reader = New-Object System.IO.StreamReader -ArgumentList $file
        return $reader.ReadToEnd()
    } finally {
        $file.Dispose()
    }
}

# What the answer of a call says: done, unknown, or the name of Zoho's error.
function Read-Outcome([string] $Call, [string] $Http) {
    $text = ''
    if (Test-Path -LiteralPath "$Call.json") {
        $text = Read-Text "$Call.json"
    }
    if ($text -match '"refresh_token"\s*:\s*"[^"]+"') { return 'done' }
    # An access token alone is good for an hour, and nothing gets the next one.
    if ($text -match '"access_token"\s*:\s*"[^"]+"') { return 'unknown' }
    if ($text -match '"error"\s*:\s*"([^"]+)"') {
        $name = $Matches[1].ToLowerInvariant().Replace(' ', '_') -replace '[^a-z0-9_.-]', ''
        if ($name.Length -gt 40) { $name = $name.Substring(0, 40) }
        if (@('', 'done', 'unknown', 'not_sent') -contains $name) { $name = 'unnamed_error' }
        return $name
    }
    if (@('404', '405', '410') -contains $Http) { return 'gone' }
    return 'unknown'
}

# The last call for a token and what is known of it: State is waiting, again (it
# was refused for a reason that can be put right), done, unknown, refused, or open
# (begun, and its end is not known).
function Get-State($Token) {
    $number = 0
    while (Test-Path -LiteralPath (Join-Path $Answers "$($Token.Print).$($number + 1).call")) {
        $number++
    }
    $call = Join-Path $Answers "$($Token.Print).$number"
    $state = 'waiting'
    $outcome = ''
    if ($number -gt 0) {
        $state = 'open'
        if (Test-Path -LiteralPath "$call.end") {
            $outcome = @([System.IO.File]::ReadAllText("$call.end").Trim() -split '\s+')[3]
            # The answer may have come after all.
            if ($outcome -eq 'unknown') { $outcome = Read-Outcome $call '' }
            $state = 'refused'
            if (@('done', 'unknown') -contains $outcome) { $state = $outcome }
            if ($CanBePutRight -contains $outcome) { $state = 'again' }
        }
    }
    [pscustomobject] @{ State = $state; Outcome = $outcome; Call = $call; Number = $number }
}

# When a call was begun; 0 when that is not known.
function Get-Begin([string] $Call) {
    $text = [System.IO.File]::ReadAllText("$Call.call").Trim()
    if ($text -match '^[0-9]+$') { [long] $text } else { 0 }
}

# Notes how a call ended. What is limited counts from here.
function Complete-Call($Token, [string] $Call, [string] $Outcome) {
    Write-Stored "$Call.end.new" "$(Get-Now) $($Token.Kind) $($Token.Client) $Outcome`n" 'Create'
    Move-Item -LiteralPath "$Call.end.new" -Destination "$Call.end" -Force
    Remove-Item -LiteralPath "$Call.pid" -ErrorAction SilentlyContinue
}

# The ends of all calls: time, kind, client, outcome.
function Get-Ends {
    foreach ($file in @(Get-ChildItem -LiteralPath $Answers -Filter '*.end')) {
        foreach ($line in [System.IO.File]::ReadAllLines($file.FullName)) {
            $part = $line.Trim() -split '\s+'
            if ($part.Length -ge 4) {
                [pscustomobject] @{ Time = [long] $part[0]; Kind = $part[1]; Client = $part[2]; Outcome = $part[3] }
            }
        }
    }
}

# Waits until a call of this kind is within what Zoho allows.
function Wait-ForRoom($Token) {
    $minute = 60
    $hour = 100
    if ($Token.Kind -eq 'self') {
        $minute = 25
        $hour = 60
    }
    $told = $false
    while ($true) {
        $now = Get-Now
        $times = @(Get-Ends | Where-Object { $_.Kind -eq $Token.Kind } | ForEach-Object { [Math]::Min($_.Time, $now) } | Sort-Object)
        # Whole seconds: one more than the limit's own time is surely past it.
        $inMinute = @($times | Where-Object { $_ -gt $now - 61 })
        $inHour = @($times | Where-Object { $_ -gt $now - 3601 })
        $rest = 0
        if ($inMinute.Length -ge $minute) { $rest = $inMinute[0] + 61 - $now }
        if ($inHour.Length -ge $hour) { $rest = [Math]::Max($rest, $inHour[0] + 3601 - $now) }
        if ($rest -le 0) { return }
        if (-not $told -and $rest -gt 5) {
            $told = $true
            Say "Zoho takes $minute calls a minute and $hour an hour ($($Token.Kind))."
            Say "Waiting until $(Format-Clock ($now + $rest)); it can be stopped (Ctrl-C) and started again."
        }
        Start-Sleep -Seconds ([Math]::Min($rest, 10))
    }
}

# Makes the call for a token. Only curl gets the secrets, from a pipe.
function Invoke-Exchange($Token, [int] $Number) {
    $call = Join-Path $Answers "$($Token.Print).$Number"
    try {
        # Only one can make this file, so a call is never made twice.
        Write-Stored "$call.call" "$(Get-Now)`n" 'CreateNew'
    } catch {
        Stop-Script "cannot make $call.call, or another run makes this call; nothing more was sent"
    }
    $secret = @(Get-Secrets $Token)
    # Windows PowerShell may put a mark before what it sends to a program, and other systems one behind it: each meets
    # a comment.
    $lines = @(
        '#',
        'data-urlencode = "grant_type=authtooauth"',
        "data-urlencode = `"client_id=$($secret[0].Value)`"",
        "data-urlencode = `"client_secret=$($secret[1].Value)`"",
        "data-urlencode = `"authtoken=$($secret[2].Value)`""
    )
    if ($Token.Soid) { $lines += "data-urlencode = `"soid=$($Token.Soid)`"" }
    # Only `self` takes scopes; for `external` Zoho knows them already.
    if ($Token.Kind -eq 'self') { $lines += "data-urlencode = `"scope=$($Token.Scopes)`"" }
    $lines += '#'
    $bytes = [System.Text.Encoding]::ASCII.GetBytes(($lines -join "`n"))

    $server = if ($TestServer) { $TestServer } else { "https://$($Token.Server)" }
    $info = New-Object System.Diagnostics.ProcessStartInfo
    $info.FileName = $CurlPath
    $info.Arguments = "-q -sS --http1.1 --proto `"=$Protocol`" --connect-timeout $ConnectTime --max-time $CallTime " +
        "-o `"$call.json`" -w `"%{http_code} %{size_request}`" -K - `"$server/oauth/v2/token/$($Token.Kind)/authtooauth`""
    $info.UseShellExecute = $false
    # Without a window it gets no Ctrl-C: the call is finished, whatever becomes of this script.
    $info.CreateNoWindow = $true
    $info.RedirectStandardInput = $true
    $info.RedirectStandardOutput = $true
    $info.RedirectStandardError = $true
    # The mark is that of the console's encoding; newer versions of curl refuse it.
    $encoding = [Console]::InputEncoding
    $isMarked = $encoding.GetPreamble().Length -gt 0
    if ($isMarked) { [Console]::InputEncoding = [System.Text.Encoding]::ASCII }
    try {
        $process = [System.Diagnostics.Process]::Start($info)
    } finally {
        if ($isMarked) { [Console]::InputEncoding = $encoding }
    }
    [System.IO.File]::WriteAllText("$call.pid", "$($process.Id)`n")
    $pipe = $process.StandardInput.BaseStream
    try {
        $pipe.Write($bytes, 0, $bytes.Length)
        $pipe.Flush()
    } catch [System.IO.IOException] {
        # It ended before it had read all; its status tells why.
        $null = $_
    } finally {
        $pipe.Dispose()
    }
    $report = $process.StandardOutput.ReadToEnd()
    $problem = $process.StandardError.ReadToEnd().Trim()
    $process.WaitForExit()

    $http, $sent = $report.Trim() -split ' ', 2
    $outcome = Read-Outcome $call "$http"
    # curl did not understand its options, the host was not found, nobody took the
    # connection, the certificate was wrong, or time was up before anything was sent:
    # Zoho has not seen the call.
    if ($outcome -eq 'unknown' -and -not (Test-Path -LiteralPath "$call.json")) {
        $reached = @(2, 5, 6, 7, 35, 60, 77) -notcontains $process.ExitCode
        if (-not $reached -or ($process.ExitCode -eq 28 -and "$sent" -eq '0')) { $outcome = 'not_sent' }
    }
    Complete-Call $Token $call $outcome
    [pscustomobject] @{ Outcome = $outcome; Problem = $problem }
}

@ADVICE@

# Whether a program with this number runs.
function Test-Running([string] $Id) {
    $Id -match '^[0-9]+$' -and $null -ne (Get-Process -Id ([int] $Id) -ErrorAction SilentlyContinue)
}

# Calls of an earlier run that was ended before it had noted their answer. Tells
# whether one of them is unknown.
function Complete-OpenCalls($Tokens) {
    $found = $false
    foreach ($token in $Tokens) {
        $state = Get-State $token
        if ($state.State -ne 'open') { continue }
        $until = (Get-Begin $state.Call) + $ConnectTime + $CallTime
        $id = ''
        if (Test-Path -LiteralPath "$($state.Call).pid") {
            $id = [System.IO.File]::ReadAllText("$($state.Call).pid").Trim()
        }
        $told = $false
        # Its curl may be running still.
        while ((Get-Now) -le $until -and (Read-Outcome $state.Call '') -eq 'unknown') {
            if ($id -and -not (Test-Running $id)) { break }
            if (-not $told) {
                $told = $true
                Say 'a call of an earlier run may still be under way; waiting for its answer'
            }
            Start-Sleep -Seconds 1
        }
        $outcome = Read-Outcome $state.Call ''
        Complete-Call $token $state.Call $outcome
        if ($outcome -eq 'unknown') {
            Show-Unknown $token $state.Call
            $found = $true
        }
    }
    return $found
}

# One line for each token; gives back how many of each state there are.
function Show-States($Tokens) {
    $count = @{ left = 0; unknown = 0; refused = 0; done = 0 }
    foreach ($token in $Tokens) {
        $state = Get-State $token
        $shown = $state.State
        switch ($state.State) {
            'done' { $count.done++; $shown = "done     answers/$($token.Print).$($state.Number).json" }
            'unknown' { $count.unknown++ }
            'refused' { $count.refused++; $shown = "refused  $($state.Outcome)" }
            'again' { $count.left++; $shown = "waiting  (last: $($state.Outcome))" }
            'open' { $count.left++; $shown = 'begun' }
            default { $count.left++ }
        }
        Say ('  {0,-12}  {1,-17} {2,-4} {3}' -f $token.Print, $token.Title, $token.Center, $shown)
    }
    return $count
}

# The calls, until something asks for a person.
function Invoke-Run($Tokens) {
    foreach ($token in $Tokens) {
        $state = Get-State $token
        if (@('waiting', 'again') -notcontains $state.State) { continue }
        $invalid = @(Get-Ends | Where-Object { $_.Client -eq $token.Client -and $_.Outcome -eq 'invalid_authtoken' })
        if ($invalid.Length -ge $MostInvalid) {
            Say ''
            Say "$MostInvalid tokens of client `"$($token.Client)`" were invalid. Nothing more is sent for it: Zoho"
            Say 'blocks a client after more than 20. The others need the other way:'
            Show-OtherWay $token
            return
        }
        Wait-ForRoom $token
        $result = Invoke-Exchange $token ($state.Number + 1)
        $call = Join-Path $Answers "$($token.Print).$($state.Number + 1)"
        if ($result.Outcome -eq 'unknown') {
            Show-Unknown $token $call
            return
        }
        if ($result.Outcome -ne 'done') {
            Show-Refused $token $result.Outcome $call $result.Problem
            return
        }
        Say "done: $($token.Title) ($($token.Center)), token $($token.Print)"
        Say "      the old token stops working by $(Format-Clock ((Get-Now) + (Get-Life $token)))"
    }
}

# What this script does, but for the lock. The exit status.
function Invoke-Main($Tokens) {
    if (Complete-OpenCalls $Tokens) {
        Say ''
        Say 'The run stops here. Start the script again to go on with the other tokens.'
        return 1
    }
    Say 'Authtokens to exchange for OAuth tokens:'
    $count = Show-States $Tokens
    if ($count.left -gt 0 -and $count.refused -gt 0 -and -not $Continue) {
        foreach ($token in $Tokens) {
            $state = Get-State $token
            if ($state.State -eq 'refused') { Show-Refused $token $state.Outcome $state.Call '' }
        }
        Say ''
        Say 'Nothing was sent. To go on with the other tokens: .\exchange.ps1 -Continue'
        return 1
    }
    if ($count.left -gt 0) {
        Test-Secrets $Tokens
        Say ''
        Say 'Zoho may have closed this exchange; then the first call says so, and the'
        Say 'script names the other way. A token that is exchanged stops working within'
        Say "24 hours (Zoho Mail's within one hour): its app must have the new one by then."
        if (-not [Console]::IsInputRedirected) {
            $question = if ($count.left -eq 1) { 'Make 1 call now? Type yes' } else { "Make $($count.left) calls now? Type yes" }
            if ((Read-Host $question) -cne 'yes') {
                Say 'Nothing was sent.'
                return 1
            }
        }
        Invoke-Run $Tokens
        Say ''
        $count = Show-States $Tokens
    }
    Say ''
    if ($count.done -gt 0) {
        Say "$($count.done) done: the files in answers/ hold the refresh tokens. Give each app its"
        Say 'client id, client secret and refresh token. With grant_type=refresh_token it'
        Say 'gets access tokens, good for an hour each, from /oauth/v2/token of the accounts'
        Say 'server; it sends "Authorization: Zoho-oauthtoken <access token>" to the'
        Say 'api_domain that comes with them.'
    }
    if ($count.left -gt 0) {
        if ($count.refused -gt 0) {
            Say "$($count.left) left: .\exchange.ps1 -Continue goes on with them."
        } else {
            Say "$($count.left) left: start the script again to go on with them."
        }
    }
    if ($count.unknown -gt 0) {
        Say "$($count.unknown) unknown: these need another way; they are not tried again."
    }
    if ($count.left + $count.unknown + $count.refused -gt 0) { return 1 }
    Say 'When the apps run with the new tokens, delete answers and secrets.txt.'
    return 0
}

$Tokens = @(Get-Tokens)
if ($Status) {
    $null = Show-States $Tokens
    exit 0
}

$CurlName = if ($OnWindows) { 'curl.exe' } else { 'curl' }
$Curl = @(Get-Command $CurlName -CommandType Application -ErrorAction SilentlyContinue)
if ($Curl.Length -eq 0) { Stop-Script 'curl is missing; install it and start again. Nothing was sent' }
$CurlPath = $Curl[0].Path

# To try it out: a server on this machine, and none else, may stand for Zoho's.
$TestServer = [Environment]::GetEnvironmentVariable('AUTHSHIFT_TEST_SERVER')
$Protocol = 'https'
if ($TestServer) {
    if ($TestServer -notmatch '^http://127\.0\.0\.1:[0-9]+$') {
        Stop-Script 'AUTHSHIFT_TEST_SERVER must be http://127.0.0.1:PORT; nothing was sent'
    }
    $Protocol = 'http'
    $env:no_proxy = '127.0.0.1'
    Say "TEST: everything is sent to $TestServer, nothing to Zoho."
}

$null = New-Item -ItemType Directory -Force -Path $Answers
Protect-Path $Answers $true
if (Test-Path -LiteralPath $SecretsFile) { Protect-Path $SecretsFile $false }

# Two runs at once would not see each other's calls.
$Lock = Join-Path $Answers 'lock'
try {
    Write-Stored $Lock "$PID`n" 'CreateNew'
} catch {
    $owner = ''
    if (Test-Path -LiteralPath $Lock) { $owner = [System.IO.File]::ReadAllText($Lock).Trim() }
    if (Test-Running $owner) {
        Stop-Script "another run (process $owner) is under way; if there is none, delete $Lock"
    }
    Write-Stored $Lock "$PID`n" 'Create'
}
$ExitCode = 2
try {
    $ExitCode = Invoke-Main $Tokens
} finally {
    Remove-Item -LiteralPath $Lock -ErrorAction SilentlyContinue
}
exit $ExitCode
