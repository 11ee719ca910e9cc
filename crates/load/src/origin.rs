//! What stands behind a tunnel, as cheap as it can be: the file goes by sendfile, what comes is thrown away unseen.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use nix::sys::sendfile::sendfile;
use nix::sys::socket::{self, Backlog, MsgFlags, recv};

use crate::args::Origin;

/// What one call moves at most.
const PIECE: usize = 1 << 20;

/// Serves the three ports until it is killed.
pub(crate) fn serve(origin: &Origin) -> anyhow::Result<()> {
    let path = origin.file.clone();
    listen(origin.source, move |peer| source(&peer, &File::open(&path)?))?;
    listen(origin.sink, sink)?;
    listen(origin.byte, byte)?;
    println!("ready");
    loop {
        std::thread::park();
    }
}

fn listen<S>(address: SocketAddr, serve: S) -> io::Result<()>
where
    S: Fn(TcpStream) -> io::Result<()> + Send + Sync + Clone + 'static,
{
    let listener = TcpListener::bind(address)?;
    // The library's 128 are too few for 1,000 clients at once: what does not fit hangs.
    socket::listen(&listener, Backlog::new(4096)?)?;
    std::thread::spawn(move || {
        for peer in listener.incoming().flatten() {
            let serve = serve.clone();
            // A client that has enough closes: not worth a word.
            std::thread::spawn(move || serve(peer));
        }
    });
    Ok(())
}

fn source(peer: &TcpStream, file: &File) -> io::Result<()> {
    loop {
        let mut offset = 0;
        while sendfile(peer, file, Some(&mut offset), PIECE)? > 0 {}
    }
}

fn sink(mut peer: TcpStream) -> io::Result<()> {
    let mut expected = [0; 8];
    peer.read_exact(&mut expected)?;
    let mut left = u64::from_be_bytes(expected);
    let mut scrap = vec![0; PIECE];
    while left > 0 {
        // The kernel drops the bytes without copying them.
        match recv(peer.as_raw_fd(), &mut scrap, MsgFlags::MSG_TRUNC)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => left = left.saturating_sub(count as u64),
        }
    }
    peer.write_all(b"!")
}

fn byte(mut peer: TcpStream) -> io::Result<()> {
    peer.set_nodelay(true)?;
    peer.write_all(b"!")?;
    peer.read(&mut [0]).map(drop)
}
