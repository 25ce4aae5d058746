//! A program on a terminal of its own, and somebody who reads and types.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Longer than any answer takes; a test that waits so long has hung.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Terminal {
    program: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// All that was shown.
    shown: Vec<u8>,
    /// How much of it was read.
    read: usize,
}

impl Terminal {
    /// Starts the binary in `folder`.
    pub fn start(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of_width(folder, arguments, variables, None)
    }

    /// The same on a terminal of this many columns.
    pub fn of_width(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], columns: Option<u16>) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        if let Some(columns) = columns {
            let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
            tcsetwinsize(&keyboard, size).unwrap();
        }
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let name = std::ffi::OsStr::from_bytes(name.as_bytes());
        let side = || Stdio::from(open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap());
        let program = Command::new(env!("CARGO_BIN_EXE_authshift"))
            .args(arguments)
            .current_dir(folder)
            .env_remove("CI")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("VISUAL")
            .env_remove("EDITOR")
            .env("TERM", "xterm")
            .envs(variables.iter().copied())
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        let keyboard = File::from(keyboard);
        let mut out = keyboard.try_clone().unwrap();
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                match out.read(&mut buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Linux says so when the last program has let go of the terminal.
                    Ok(0) | Err(_) => break,
                    Ok(length) if send.send(buffer[..length].to_vec()).is_err() => break,
                    Ok(_) => {}
                }
            }
        });
        Self { program, keyboard, screen, shown: Vec::new(), read: 0 }
    }

    /// Waits until `text` is shown, and returns what stands before it since the last time.
    pub fn expect(&mut self, text: &str) -> String {
        loop {
            let new = String::from_utf8_lossy(&self.shown[self.read..]).into_owned();
            if let Some((before, _)) = new.split_once(text) {
                self.read += before.len() + text.len();
                return before.to_owned();
            }
            let more = self.screen.recv_timeout(PATIENCE);
            self.shown.extend(more.unwrap_or_else(|_| panic!("{text:?} is not shown, but {new:?}")));
        }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the question, checks that it reads so, and answers it.
    pub fn answer(&mut self, question: &str, keys: &str) -> String {
        let before = self.expect("]? ");
        assert!(before.contains(question), "{question:?} is not asked, but {before:?}");
        self.send(keys);
        before
    }

    /// Interrupts the program, as the key does that stands for it.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.program), Signal::INT).unwrap();
    }

    /// Waits for the end. Gives all that was shown, and the exit status unless a signal ended it.
    pub fn end(mut self) -> (String, Option<i32>) {
        loop {
            match self.screen.recv_timeout(PATIENCE) {
                Ok(more) => self.shown.extend(more),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.program.kill().unwrap();
                    panic!("it does not end after {:?}", String::from_utf8_lossy(&self.shown[self.read..]));
                }
            }
        }
        let status = self.program.wait().unwrap();
        (String::from_utf8_lossy(&self.shown).into_owned(), status.code())
    }
}
