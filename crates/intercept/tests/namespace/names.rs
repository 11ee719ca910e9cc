//! Name queries.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::sleep;

use crate::kit::Run;

crate::kit::scenarios! {
    "a name query to a foreign server over IPv4 is asked outside and answered from that server" => relayed_v4,
    "a name query over IPv6 is asked outside and answered from that server" => relayed_v6,
    "a name query to a server on loopback is asked outside" => relayed_loopback,
    "name queries beyond the bound are dropped and those within are all answered" => bounded,
    "a name server that is silent costs nothing but patience" => silent,
    "a name server that cannot be reached is reported as failing at once" => unreachable,
}

/// A name server outside that answers with what it was asked, backwards.
fn serve(address: &str) {
    let address: SocketAddr = address.parse().unwrap();
    let socket = std::net::UdpSocket::bind(address).unwrap();
    socket.set_nonblocking(true).unwrap();
    let socket = UdpSocket::from_std(socket).unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2000];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            buffer[..length].reverse();
            socket.send_to(&buffer[..length], from).await.unwrap();
        }
    });
}

/// Asks from a connected socket, which takes an answer from the server asked only.
fn asker(family: &str, server: &str) -> String {
    format!(
        "import socket, sys
for size in 12, 1400:
    s = socket.socket(socket.{family}, socket.SOCK_DGRAM); s.settimeout(8); s.connect(('{server}', 53))
    q = bytes(i % 251 for i in range(size)); s.send(q)
    if s.recv(2000) != q[::-1]: sys.exit(3)"
    )
}

async fn relayed(family: &str, server: &str) {
    serve(&SocketAddr::new(server.parse().unwrap(), 53).to_string());
    let mut run = Run::python(&asker(family, server)).await;
    tokio::spawn(ttls_intercept::relay_queries(run.namespace.clone()));
    assert_eq!(run.exit_code().await, Some(0));
}

async fn relayed_v4() {
    // Of this outer machine, which is what "foreign" can be here; inside it is no different from any other.
    relayed("AF_INET", "198.51.100.7").await;
}

async fn relayed_v6() {
    relayed("AF_INET6", "2001:db8:51::7").await;
}

async fn relayed_loopback() {
    relayed("AF_INET", "127.0.0.53").await;
}

async fn bounded() {
    serve("127.0.0.53:53");
    let mut run = Run::python(
        "import socket, sys
asked = []
for i in range(200):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5); s.connect(('127.0.0.53', 53))
    s.send(b'query %d' % i); asked.append(s)
for i, s in enumerate(asked):
    if s.recv(99) != (b'query %d' % i)[::-1]: sys.exit(i)
for i in range(2000): asked[0].send(b'flood')
s = asked[1]; s.settimeout(1)
for i in range(5):
    s.send(b'still')
    try:
        if s.recv(99) == b'llits': sys.exit(0)
    except TimeoutError: pass
sys.exit(1)",
    )
    .await;
    tokio::spawn(ttls_intercept::relay_queries(run.namespace.clone()));
    assert_eq!(run.exit_code().await, Some(0));
}

async fn silent() {
    serve("127.0.0.53:53");
    let deaf = std::net::UdpSocket::bind("127.0.0.54:53").unwrap();
    let mut run = Run::python(
        "import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
s.sendto(b'query', ('127.0.0.54', 53))
try: s.recv(99); sys.exit(1)
except TimeoutError: pass
s.sendto(b'query', ('127.0.0.53', 53))
sys.exit(s.recvfrom(99) != (b'yreuq', ('127.0.0.53', 53)))",
    )
    .await;
    let relay = tokio::spawn(ttls_intercept::relay_queries(run.namespace.clone()));
    assert_eq!(run.exit_code().await, Some(0));
    drop(deaf);
    run.namespace.end().await;
    sleep(Duration::from_millis(50)).await;
    assert!(relay.is_finished(), "the relay ends with the namespace");
}

async fn unreachable() {
    // An address that nobody serves, and one that there is no way to.
    let mut run = Run::python(
        "import socket, sys
query = bytes.fromhex('123401000001000000000000') + b'\\3www\\7example\\0' + bytes([0, 1, 0, 1])
for server in '127.0.0.54', '203.0.113.53':
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
    s.sendto(query, (server, 53))
    if s.recvfrom(99) != (bytes.fromhex('12348102') + query[4:], (server, 53)): sys.exit(server)",
    )
    .await;
    tokio::spawn(ttls_intercept::relay_queries(run.namespace.clone()));
    assert_eq!(run.exit_code().await, Some(0));
}
