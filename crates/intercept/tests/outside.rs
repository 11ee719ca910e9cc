//! Listeners and connections outside, over loopback.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU8, Ordering};

use nix::sys::socket::{getsockopt, sockopt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use ttls_intercept::{PortChoice, bind_in, connect_from, connect_to, listen, reset, socket};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().unwrap().port()
}

/// The first of the ports that nobody else uses at the addresses of [`own_address`]: below those that the kernel gives
/// to connections, and above those of the end-to-end tests.
const OWN: u16 = 32_100;

/// A loopback address that no other call gets, in this process or another one that runs now.
fn own_address() -> IpAddr {
    static LAST: AtomicU8 = AtomicU8::new(0);
    let [.., high, low] = std::process::id().to_be_bytes();
    let last = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    Ipv4Addr::new(127, high, low, last).into()
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = listen::bind((LOOPBACK, 0).into()).unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (near, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn both_families_listen_on_one_port_side_by_side() {
    let v4 = listen::bind("0.0.0.0:0".parse().unwrap()).unwrap();
    let v6 = listen::bind(SocketAddr::new("::".parse().unwrap(), port(&v4))).unwrap();
    assert_eq!(port(&v4), port(&v6));
}

#[tokio::test]
async fn a_second_listener_on_a_port_is_refused() {
    let first = listen::bind((LOOPBACK, 0).into()).unwrap();
    let second = listen::bind(first.local_addr().unwrap());
    assert_eq!(second.unwrap_err().kind(), ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_port_can_be_listened_on_again_right_after_its_connections() {
    let listener = listen::bind((LOOPBACK, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let near = TcpStream::connect(address).await.unwrap();
    // The listening side closes first and keeps the TIME_WAIT.
    drop(listener.accept().await.unwrap());
    drop((near, listener));
    listen::bind(address).unwrap();
}

#[tokio::test]
async fn a_preferred_port_is_taken_where_it_is_free_and_gives_way_where_not() {
    let at = SocketAddr::new(own_address(), 0);
    let first = bind_in(at, PortChoice::Prefer(OWN)).unwrap();
    assert_eq!(port(&first), OWN);
    let second = bind_in(at, PortChoice::Prefer(OWN)).unwrap();
    assert_ne!(port(&second), OWN);
}

#[tokio::test]
async fn a_range_is_searched_upwards_from_the_preferred_port_and_around() {
    let (at, low, high) = (SocketAddr::new(own_address(), 0), OWN, OWN + 3);
    let within = |prefer| bind_in(at, PortChoice::Within { low, high, prefer });
    let listeners: Vec<_> = (0..4).map(|_| within(OWN + 2).unwrap()).collect();
    assert_eq!(
        listeners.iter().map(port).collect::<Vec<_>>(),
        [OWN + 2, OWN + 3, OWN, OWN + 1]
    );
    let error = within(OWN + 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(
        error.to_string(),
        format!("no port of 32100-32103 is free on {}", at.ip())
    );
}

#[tokio::test]
async fn a_preference_outside_the_range_starts_at_its_low_end() {
    let listener = bind_in(
        SocketAddr::new(own_address(), 0),
        PortChoice::Within {
            low: OWN,
            high: OWN + 1,
            prefer: 50_000,
        },
    )
    .unwrap();
    assert_eq!(port(&listener), OWN);
}

#[tokio::test]
async fn an_address_that_is_not_the_machines_is_an_error_and_not_a_search() {
    let foreign = "192.0.2.1:0".parse().unwrap();
    let bound = bind_in(
        foreign,
        PortChoice::Within {
            low: OWN,
            high: OWN + 9,
            prefer: 0,
        },
    );
    assert_eq!(bound.unwrap_err().kind(), ErrorKind::AddrNotAvailable);
}

#[tokio::test]
async fn connections_share_a_local_port_towards_different_peers() {
    let listeners = [
        listen::bind((LOOPBACK, 0).into()).unwrap(),
        listen::bind((LOOPBACK, 0).into()).unwrap(),
    ];
    let local = SocketAddr::new(own_address(), OWN);
    let mut streams = Vec::new();
    for listener in &listeners {
        let stream = connect_from(local, listener.local_addr().unwrap()).await.unwrap();
        assert_eq!(stream.local_addr().unwrap(), local);
        assert_eq!(listener.accept().await.unwrap().1, local);
        streams.push(stream);
    }
}

#[tokio::test]
async fn a_local_port_that_is_taken_towards_the_peer_gives_way() {
    let listener = listen::bind((LOOPBACK, 0).into()).unwrap();
    let (local, remote) = (
        SocketAddr::new(own_address(), OWN),
        listener.local_addr().unwrap(),
    );
    let first = connect_from(local, remote).await.unwrap();
    let second = connect_from(local, remote).await.unwrap();
    assert_eq!(first.local_addr().unwrap(), local);
    assert_eq!(second.local_addr().unwrap().ip(), local.ip());
    assert_ne!(second.local_addr().unwrap(), local);
}

#[tokio::test]
async fn only_what_stays_on_the_machine_is_not_paced() {
    let paced = |socket: &dyn AsFd| getsockopt(&socket.as_fd(), sockopt::TcpCongestion).unwrap() != *"reno";
    let listener = listen::bind((LOOPBACK, 0).into()).unwrap();
    let remote = listener.local_addr().unwrap();
    let near = connect_to(remote).await.unwrap();
    let far = listener.accept().await.unwrap().0;
    assert!(!paced(&near) && !paced(&far));
    let near = connect_from((own_address(), 0).into(), remote).await.unwrap();
    assert!(!paced(&near));
    // What others can reach has the system's own.
    let systems = paced(&tokio::net::TcpSocket::new_v4().unwrap());
    let listener = listen::bind("0.0.0.0:0".parse().unwrap()).unwrap();
    assert_eq!(paced(&listener), systems);
}

#[tokio::test]
async fn a_refusal_is_reported_as_one() {
    let local = SocketAddr::new(LOOPBACK, 0);
    let error = connect_from(local, SocketAddr::new(own_address(), OWN))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_reset_reaches_the_other_side_as_one() {
    let (near, mut far) = pair().await;
    reset(&near);
    drop(near);
    let error = far.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn tuned_connections_still_carry_data() {
    let (mut near, mut far) = pair().await;
    socket::tune_control(&near).unwrap();
    socket::tune_data(&far).unwrap();
    near.write_all(b"x").await.unwrap();
    assert_eq!(far.read_u8().await.unwrap(), b'x');
    assert!(near.nodelay().unwrap() && far.nodelay().unwrap());
}
