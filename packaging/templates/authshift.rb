# For a tap of one's own: the formula of authshift @version@.
class Authshift < Formula
  desc "Moves Zoho Deluge functions from authtokens to OAuth Connections"
  homepage "https://github.com/@repository@"
  version "@version@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/@repository@/releases/download/v@version@/authshift-@version@-aarch64-apple-darwin.tar.gz"
      sha256 "@aarch64-apple-darwin@"
    end
    on_intel do
      url "https://github.com/@repository@/releases/download/v@version@/authshift-@version@-x86_64-apple-darwin.tar.gz"
      sha256 "@x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/@repository@/releases/download/v@version@/authshift-@version@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "https://github.com/@repository@/releases/download/v@version@/authshift-@version@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "authshift"
    generate_completions_from_executable(bin/"authshift", "completions")
    (man1/"authshift.1").write Utils.safe_popen_read(bin/"authshift", "man")
  end

  test do
    (testpath/"a.deluge").write 'r = getUrl("https://desk.zoho.com/api/v1/tickets?authtoken=fake0desk0token0aaaabbbbccccdddd");'
    assert_match "authtoken-in-query", shell_output("#{bin}/authshift check --isolated a.deluge", 1)
  end
end
