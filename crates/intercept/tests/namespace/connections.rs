//! Connections in and out.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use ttls_intercept::CaughtConnection;

use crate::kit::{Run, read_all, read_line};

crate::kit::scenarios! {
    "a daemon sees the true peer and local address over IPv4" => true_addresses_v4,
    "a daemon sees the true peer and local address over IPv6" => true_addresses_v6,
    "an outbound connection is caught with its destination over IPv4" => caught_v4,
    "an outbound connection is caught with its destination over IPv6" => caught_v6,
    "an active data connection to a peer that is connected is caught" => active_data,
    "a program does not connect from a reserved port to itself" => reserved_port,
    "a large transfer arrives whole in both directions" => large_transfer,
    "what does not leave the machine is not paced" => not_paced,
    "a peer's port that the program holds itself gives way to another" => port_taken,
    "a peer may come back from the same port" => same_port_again,
    "a daemon is reached between link-local addresses" => link_local,
    "a port without a listener refuses" => refused,
    "a loopback destination with a listener inside stays inside" => loopback_inside,
    "without the agent's listeners nothing inside answers for a foreign address" => fails_closed,
    "the catcher's own port leads nowhere" => own_port,
    "addresses of different families are refused" => mixed_families,
    "the program sees the machine's addresses and uses one as its source" => machine_addresses,
}

/// Listens on all addresses of a family and tells each peer who it is and what it reached.
fn teller(family: &str, address: &str) -> String {
    format!(
        "import socket
d = socket.socket(socket.{family}); d.setsockopt(1, 2, 1); d.bind(('{address}', 21)); d.listen()
c, a = d.accept()
c.sendall(('%s %d %s %d' % (c.getpeername()[:2] + c.getsockname()[:2])).encode()); c.close()"
    )
}

async fn true_addresses_v4() {
    let mut run = Run::python(&teller("AF_INET", "0.0.0.0")).await;
    let mut stream = run.connect("203.0.113.9:40000", "198.51.100.7:21").await;
    assert!(stream.nodelay().unwrap(), "lines and records are written whole");
    assert_eq!(read_all(&mut stream).await, "203.0.113.9 40000 198.51.100.7 21");
    assert_eq!(run.exit_code().await, Some(0));
}

async fn true_addresses_v6() {
    let mut run = Run::python(&teller("AF_INET6", "::")).await;
    let mut stream = run.connect("[2001:db8::9]:40000", "[2001:db8:51::7]:21").await;
    assert_eq!(read_all(&mut stream).await, "2001:db8::9 40000 2001:db8:51::7 21");
    assert_eq!(run.exit_code().await, Some(0));
}

async fn caught_v4() {
    caught("AF_INET", "192.0.2.55").await;
}

async fn caught_v6() {
    caught("AF_INET6", "2001:db8:2::55").await;
}

async fn caught(family: &str, address: &str) {
    let mut run = Run::python(&format!(
        "import socket, sys
c = socket.socket(socket.{family}); c.connect(('{address}', 2100)); c.sendall(b'hello'); c.shutdown(1)
sys.exit(c.recv(9) + c.recv(9) != b'world')"
    ))
    .await;
    let CaughtConnection {
        mut stream,
        program,
        destination,
    } = run.caught.next().await.unwrap();
    assert_eq!(destination.ip().to_string(), address);
    assert_eq!(destination.port(), 2100);
    assert_eq!(stream.peer_addr().unwrap(), program);
    assert_eq!(read_all(&mut stream).await, "hello");
    stream.write_all(b"world").await.unwrap();
    drop(stream);
    assert_eq!(run.exit_code().await, Some(0));
}

async fn active_data() {
    let mut run = Run::python(
        "import socket
d = socket.socket(); d.setsockopt(1, 2, 1); d.bind(('0.0.0.0', 21)); d.listen()
c, a = d.accept()
for port in a[1], 41000:
    e = socket.socket(); e.setsockopt(1, 2, 1); e.bind((c.getsockname()[0], 20)); e.connect((a[0], port))
    e.sendall(b'data'); e.close()
c.sendall(b'226\\n'); c.close()",
    )
    .await;
    let mut control = run.connect("203.0.113.9:40000", "198.51.100.7:21").await;
    // To the control connection's own port too: RFC 959's default data port of the user.
    for port in [40000, 41000] {
        let mut data = run.caught.next().await.unwrap();
        assert_eq!(data.destination.to_string(), format!("203.0.113.9:{port}"));
        assert_eq!(data.program.to_string(), "198.51.100.7:20");
        assert_eq!(read_all(&mut data.stream).await, "data");
    }
    assert_eq!(read_all(&mut control).await, "226\n");
    assert_eq!(run.exit_code().await, Some(0));
}

/// The kernel has the destination's port to choose from, and no other.
async fn reserved_port() {
    let mut run = Run::python(
        "import errno, socket, struct, sys
d = socket.socket(); d.setsockopt(1, 2, 1); d.bind(('0.0.0.0', 21)); d.listen(); d.accept()
for family, address in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
    c = socket.socket(family); c.settimeout(1)
    c.setsockopt(0, 51, struct.pack('I', 40000 << 16 | 40000))  # IP_LOCAL_PORT_RANGE
    try: c.connect((address, 40000)); sys.exit(2)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL: sys.exit(str(error))",
    )
    .await;
    let destinations = ["127.0.0.1:40000", "[::1]:40000"].map(|text| text.parse().unwrap());
    let mut reserved = Vec::new();
    for destination in destinations {
        reserved.push(run.namespace.reserve(destination).await.unwrap());
    }
    let taken = run.namespace.reserve(destinations[0]).await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);
    let _begin = run.connect("203.0.113.9:50001", "127.0.0.1:21").await;
    assert_eq!(run.exit_code().await, Some(0));
}

async fn large_transfer() {
    const SIZE: usize = 20_000_000;
    let mut run = Run::python(
        "import socket
d = socket.socket(); d.setsockopt(1, 2, 1); d.bind(('0.0.0.0', 21)); d.listen()
c, a = d.accept(); e = socket.create_connection((a[0], 41000))
while True:
    part = c.recv(65536)
    if not part: break
    e.sendall(part)
e.close()",
    )
    .await;
    let control = run.connect("203.0.113.9:40000", "198.51.100.7:21").await;
    let data = run.caught.next().await.unwrap().stream;
    let sent: Vec<u8> = (0..SIZE).map(|index| (index / 7) as u8).collect();
    let expected = sent.clone();
    let sending = tokio::spawn(async move {
        let mut control = control;
        control.write_all(&sent).await.unwrap();
        control.shutdown().await.unwrap();
        control
    });
    let (mut data, mut received) = (data, Vec::new());
    data.read_to_end(&mut received).await.unwrap();
    assert!(received == expected, "{} bytes of {SIZE}", received.len());
    drop(sending.await.unwrap());
    assert_eq!(run.exit_code().await, Some(0));
}

async fn not_paced() {
    let mut run = Run::python(
        "import socket, sys
d = socket.socket(); d.bind(('127.0.0.1', 8080)); d.listen()
i = socket.create_connection(('127.0.0.1', 8080))
paced = i.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 4) != b'reno'
i.recv(1)
sys.exit(paced)",
    )
    .await;
    let CaughtConnection {
        stream, destination, ..
    } = run.caught.next().await.unwrap();
    let other = run.namespace.connect_inside(destination).await.unwrap();
    for ours in [&stream, &other] {
        assert_eq!(congestion_control(ours), "reno");
    }
    // The program has waited for the end.
    drop((stream, other));
    assert_eq!(run.exit_code().await, Some(0));
}

fn congestion_control(stream: &TcpStream) -> OsString {
    getsockopt(stream, sockopt::TcpCongestion).unwrap()
}

async fn port_taken() {
    let mut run = Run::python(
        "import socket
h = socket.socket(); h.bind(('0.0.0.0', 40000)); h.listen()
d = socket.socket(); d.setsockopt(1, 2, 1); d.bind(('0.0.0.0', 21)); d.listen()
ready = socket.create_connection(('203.0.113.9', 7))
c, a = d.accept(); c.sendall(('%s %d' % a).encode()); c.close()",
    )
    .await;
    // An attempt before it holds the port would hold that itself, and the program could not have it.
    let _ready = run.caught.next().await.unwrap();
    let mut stream = run.connect("203.0.113.9:40000", "198.51.100.7:21").await;
    let seen = stream.local_addr().unwrap();
    assert_ne!(seen.port(), 40000);
    assert_eq!(
        read_all(&mut stream).await,
        format!("203.0.113.9 {}", seen.port())
    );
    assert_eq!(run.exit_code().await, Some(0));
}

async fn same_port_again() {
    let mut run = Run::python(
        "import socket
d = socket.socket(); d.setsockopt(1, 2, 1); d.bind(('0.0.0.0', 21)); d.listen()
for i in range(3):
    c, a = d.accept(); c.sendall(b'%d' % a[1]); c.recv(1); c.close()",
    )
    .await;
    for _ in 0..3 {
        let mut stream = run.connect("203.0.113.9:40000", "198.51.100.7:21").await;
        let mut seen = [0; 5];
        stream.read_exact(&mut seen).await.unwrap();
        assert_eq!(&seen, b"40000");
        // This side closes first and keeps the TIME_WAIT, which gives way after a second.
        ttls_intercept::end_in_order(&stream);
        drop(stream);
        sleep(Duration::from_millis(1500)).await;
    }
    assert_eq!(run.exit_code().await, Some(0));
}

async fn link_local() {
    let mut run = Run::python(&teller("AF_INET6", "::")).await;
    let mut stream = run.connect("[fe80::9%7]:40000", "[fe80::1%7]:21").await;
    assert_eq!(read_all(&mut stream).await, "fe80::9 40000 fe80::1 21");
    assert_eq!(run.exit_code().await, Some(0));
}

async fn refused() {
    let run = Run::command(&["sleep", "20"]).await;
    for (from, to) in [
        ("203.0.113.9:40000", "198.51.100.7:21"),
        ("[2001:db8::9]:40000", "[2001:db8:51::7]:21"),
    ] {
        let error = run
            .namespace
            .connect(from.parse().unwrap(), to.parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{error}");
    }
    run.namespace.end().await;
}

async fn loopback_inside() {
    let outside = TcpListener::bind("127.0.0.1:8081").await.unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = outside.accept().await.unwrap();
        stream.write_all(b"outside").await.unwrap();
    });
    let mut run = Run::python(
        "import socket, sys
d = socket.socket(); d.bind(('127.0.0.1', 8080)); d.listen()
inner = socket.create_connection(('127.0.0.1', 8080)); c, a = d.accept(); c.sendall(b'inside'); c.close()
outer = socket.create_connection(('127.0.0.1', 8081))
sys.exit(inner.recv(9) != b'inside' or outer.recv(9) != b'outside')",
    )
    .await;
    for port in [8080, 8081] {
        let CaughtConnection {
            mut stream,
            destination,
            ..
        } = run.caught.next().await.unwrap();
        assert_eq!(destination.port(), port);
        let mut other = match run.namespace.connect_inside(destination).await {
            Ok(inside) => inside,
            Err(error) => {
                assert_eq!((error.kind(), port), (ErrorKind::ConnectionRefused, 8081));
                TcpStream::connect(destination).await.unwrap()
            }
        };
        tokio::spawn(async move { copy_bidirectional(&mut stream, &mut other).await });
    }
    assert_eq!(run.exit_code().await, Some(0));
}

async fn fails_closed() {
    let Run { namespace, caught, mut events } = Run::python(
        "import socket, sys, time
d = [socket.socket(), socket.socket(socket.AF_INET6)]
d[0].bind(('0.0.0.0', 2100)); d[0].listen(); d[1].setsockopt(41, 26, 1); d[1].bind(('::', 2100)); d[1].listen()
time.sleep(1)
for family, address in (socket.AF_INET, '192.0.2.55'), (socket.AF_INET6, '2001:db8:2::55'), (socket.AF_INET, '127.0.0.1'):
    c = socket.socket(family); c.settimeout(1)
    try: c.connect((address, 2100)); sys.exit(address)
    except (TimeoutError, ConnectionRefusedError): pass",
    )
    .await;
    drop(caught);
    let first = events.next().await;
    assert!(
        matches!(first, ttls_intercept::ProgramEvent::MainExited(status) if status.success()),
        "{first:?}"
    );
    drop(namespace);
}

async fn own_port() {
    let mut run = Run::python(
        "import socket
for family, address in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
    socket.socket(family).connect((address, 1))",
    )
    .await;
    for _ in 0..2 {
        let caught = run.caught.next().await.unwrap();
        let error = run
            .namespace
            .connect_inside(caught.destination)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(run.exit_code().await, Some(0));
    timeout(Duration::from_millis(300), run.caught.next())
        .await
        .expect_err("nothing more is caught");
}

async fn mixed_families() {
    let run = Run::command(&["sleep", "20"]).await;
    let error = run
        .namespace
        .connect("203.0.113.9:1000".parse().unwrap(), "[::1]:21".parse().unwrap())
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

async fn machine_addresses() {
    let mut run = Run::python(
        "import socket, sys
d = socket.socket(); d.bind(('198.51.100.7', 0))
d = socket.socket(socket.AF_INET6); d.bind(('2001:db8:51::7', 0))
d = socket.socket(socket.AF_INET6); d.bind(('2001:db8:99::1', 0))
for family, address in (socket.AF_INET, '203.0.113.9'), (socket.AF_INET6, '2001:db8::9'):
    c = socket.socket(family); c.connect((address, 21)); c.sendall((c.getsockname()[0] + '\\n').encode())",
    )
    .await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut caught = run.caught.next().await.unwrap();
        let own = read_line(&mut caught.stream).await;
        assert_eq!(format!("{}\n", caught.program.ip()), own);
        seen.push(own);
    }
    seen.sort();
    assert_eq!(seen, ["198.51.100.7\n", "2001:db8:51::7\n"]);
    assert_eq!(run.exit_code().await, Some(0));
}
