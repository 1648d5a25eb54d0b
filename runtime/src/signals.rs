//! Signals by which users, systems and terminals end a program, and a thread that waits for them.

use std::fmt;
use std::io;

/// A signal that asks a program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal was closed.
    Hangup,
    /// Ctrl-C.
    Interrupt,
    /// The system or a scheduler ends the process.
    Terminate,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Hangup, Self::Interrupt, Self::Terminate];

    /// Signal number, the same on all systems.
    pub(crate) fn number(self) -> u8 {
        match self {
            Signal::Hangup => 1,
            Signal::Interrupt => 2,
            Signal::Terminate => 15,
        }
    }

    pub(crate) fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.number() == number)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Hangup => "SIGHUP",
            Signal::Interrupt => "Ctrl-C",
            Signal::Terminate => "SIGTERM",
        })
    }
}

/// Calls `answer` with each signal, on a separate thread.
#[cfg(not(unix))]
pub(crate) fn listen(answer: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || answer(Signal::Interrupt)).map_err(io::Error::other)
}

/// Calls `answer` with each signal, on a separate thread. The signals are blocked for all threads, including
/// later ones, and received one by one by that thread, so nothing runs in a signal handler. SIGHUP is left
/// alone if it is ignored, as by `nohup`.
#[cfg(unix)]
pub(crate) fn listen(answer: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    use std::{mem, ptr};

    let check = |result: libc::c_int| match result {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    };
    let is_ignored = |signal: Signal| {
        // SAFETY: a zeroed `sigaction` is valid. Without a new action the call only writes the old one to it.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            let result = libc::sigaction(signal.number().into(), ptr::null(), &mut action);
            result == 0 && action.sa_sigaction == libc::SIG_IGN
        }
    };
    // SAFETY: a zeroed `sigset_t` is valid; `sigemptyset` initializes it.
    let mut set: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: `set` is valid for the call.
    unsafe { libc::sigemptyset(&mut set) };
    for signal in Signal::ALL {
        if !(signal == Signal::Hangup && is_ignored(signal)) {
            // SAFETY: `set` is initialized, and the number is a signal.
            unsafe { libc::sigaddset(&mut set, signal.number().into()) };
        }
    }
    // SAFETY: `set` is valid for the call, and the old mask is not requested.
    check(unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set, ptr::null_mut()) })?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        loop {
            let mut number = 0;
            // SAFETY: `set` is initialized, and its signals are blocked for this thread, which inherits the
            // mask.
            let result = unsafe { libc::sigwait(&set, &mut number) };
            let signal = u8::try_from(number).ok().and_then(Signal::of);
            if let (0, Some(signal)) = (result, signal) {
                answer(signal);
            }
        }
    })?;
    Ok(())
}
