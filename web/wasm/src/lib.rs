//! The engine behind two texts of JSON in linear memory: the page asks for room, writes a request there, has it done, and reads
//! the answer. One call at a time; a worker has no more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use authshift::engine::{Request, run};

static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn text() -> MutexGuard<'static, Vec<u8>> {
    TEXT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a request of so many bytes is to be written.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    let mut text = text();
    text.clear();
    text.resize(bytes, 0);
    text.as_mut_ptr()
}

/// Does what was written there. Returns how long the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn migrate() -> usize {
    let request = std::mem::take(&mut *text());
    let answer = serde_json::from_slice(&request).and_then(|request: Request| serde_json::to_vec(&run(&request)));
    let mut text = text();
    *text = answer.unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string().into_bytes());
    text.len()
}

/// Where the answer stands.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    text().as_ptr()
}
