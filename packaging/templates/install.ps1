# Installs authshift @version@ for this user on Windows, after checking its SHA-256:
#
#   $env:AUTHSHIFT_INSTALL_DIR     where the program goes; %LOCALAPPDATA%\Programs\authshift
#   $env:AUTHSHIFT_DOWNLOAD        where the archives of the release are, an address or a folder; GitHub
#   $env:AUTHSHIFT_NO_MODIFY_PATH  leave the user's PATH alone
#
# To remove it, delete that folder.

function Install-Authshift {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $version = '@version@'
    $download = $env:AUTHSHIFT_DOWNLOAD
    if (-not $download) { $download = "https://github.com/@repository@/releases/download/v$version" }
    $folder = $env:AUTHSHIFT_INSTALL_DIR
    if (-not $folder) { $folder = Join-Path $env:LOCALAPPDATA 'Programs\authshift' }

    # A 32-bit PowerShell says what it runs as; the machine is in the other one.
    $processor = $env:PROCESSOR_ARCHITEW6432
    if (-not $processor) { $processor = $env:PROCESSOR_ARCHITECTURE }
    switch ($processor) {
        'AMD64' { $target = 'x86_64-pc-windows-msvc'; $sum = '@x86_64-pc-windows-msvc@' }
        'ARM64' { $target = 'aarch64-pc-windows-msvc'; $sum = '@aarch64-pc-windows-msvc@' }
        default { throw "authshift: there is no program for $processor; with Rust it can be built from source" }
    }

    $archive = "authshift-$version-$target"
    $work = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    New-Item -ItemType Directory -Path $work | Out-Null
    try {
        $packed = Join-Path $work 'archive.zip'
        if ($download -like 'https://*') {
            # Windows PowerShell 5.1 does not offer it by itself.
            [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
            Invoke-WebRequest -UseBasicParsing -Uri "$download/$archive.zip" -OutFile $packed
        } elseif ($download -like '*://*') {
            throw "authshift: $download is not https"
        } else {
            Copy-Item -LiteralPath (Join-Path $download "$archive.zip") -Destination $packed
        }
        $found = (Get-FileHash -Algorithm SHA256 -LiteralPath $packed).Hash
        if ($found -ne $sum) {
            throw "authshift: $archive.zip is not what was released: its SHA-256 is $found, not $sum"
        }
        Expand-Archive -LiteralPath $packed -DestinationPath $work
        New-Item -ItemType Directory -Force -Path $folder | Out-Null
        Copy-Item -Force -LiteralPath (Join-Path $work "$archive\authshift.exe") -Destination $folder
    } finally {
        Remove-Item -Recurse -Force -LiteralPath $work
    }
    Write-Host "authshift: version $version is installed in $folder"

    if ($env:AUTHSHIFT_NO_MODIFY_PATH) { return }
    # As it stands in the registry: variables in it stay variables.
    $key = [Microsoft.Win32.Registry]::CurrentUser.OpenSubKey('Environment', $true)
    $path = $key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
    if (($path -split ';') -notcontains $folder) {
        $key.SetValue('Path', ((@($path, $folder) | Where-Object { $_ }) -join ';'), 'ExpandString')
        # Tells open windows that the environment has changed.
        [Environment]::SetEnvironmentVariable('AUTHSHIFT_PATH', 'changed', 'User')
        [Environment]::SetEnvironmentVariable('AUTHSHIFT_PATH', $null, 'User')
        $env:Path = "$env:Path;$folder"
        Write-Host "authshift: $folder was added to your PATH; open a new terminal"
    }
}

Install-Authshift
